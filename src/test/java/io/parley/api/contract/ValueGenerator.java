package io.parley.api.contract;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Makes values that fit a schema, or nearly: the interesting ones lie on either side of the line.
 */
final class ValueGenerator {
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "\t",
          "a",
          "Ann",
          "ann.b-c_d",
          "Ann\nBob",
          "\u00a0",
          "\u200f",
          "\u2028",
          "me",
          "123",
          "ann@example.org",
          "ann@",
          "@b.c",
          "a b@c.d",
          "\ud83d\ude00",
          "https://example.org/a.png",
          "javascript:alert(1)",
          "2024-11-01T14:00:00Z",
          "2024-13-01T14:00:00Z",
          "12345678",
          "password",
          "refresh_token",
          "x\u0007y",
          "null");
  private static final List<Object> STRANGERS =
      List.of(
          "text",
          7L,
          -1L,
          new BigDecimal("1.5"),
          true,
          List.of(),
          Map.of(),
          List.of(1L),
          Map.of("x", 1L));

  private final Map<String, Object> document;
  private final Random random;

  ValueGenerator(Map<String, Object> document, Random random) {
    this.document = document;
    this.random = random;
  }

  Object near(Object declared) {
    Map<String, Object> schema = resolved(cast(declared));
    if (random.nextInt(40) == 0) {
      return random.nextInt(4) == 0 ? null : pick(STRANGERS);
    }
    if (schema.containsKey("const")) {
      return random.nextInt(20) == 0 ? "other" : plain(schema.get("const"));
    }
    if (schema.get("enum") instanceof List<?> options) {
      return random.nextInt(10) == 0 ? "other" : plain(pick(options));
    }
    if (schema.get("oneOf") instanceof List<?> options) {
      return near(pick(options));
    }
    Object type = schema.get("type") instanceof List<?> types ? pick(types) : schema.get("type");
    return switch (String.valueOf(type)) {
      case "object" -> object(schema);
      case "array" -> array(schema);
      case "integer" -> whole(schema);
      case "boolean" -> random.nextBoolean();
      case "null" -> null;
      case "string" -> text(schema);
      default -> pick(STRANGERS);
    };
  }

  private Map<String, Object> object(Map<String, Object> schema) {
    Map<String, Object> object = new LinkedHashMap<>();
    List<?> required = schema.get("required") instanceof List<?> names ? names : List.of();
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (name, each) -> {
            boolean wanted =
                required.contains(name) ? random.nextInt(20) > 0 : random.nextInt(3) == 0;
            if (wanted) {
              object.put((String) name, near(each));
            }
          });
    }
    if (random.nextInt(20) == 0) {
      object.put("stranger", 1L);
    }
    return object;
  }

  /** The same schema with every reference replaced by what it refers to. */
  Object inlined(Object node) {
    return switch (node) {
      case Map<?, ?> map -> {
        Map<String, Object> copy = new LinkedHashMap<>();
        resolved(cast(map)).forEach((name, value) -> copy.put(name, inlined(value)));
        yield copy;
      }
      case List<?> list -> list.stream().map(this::inlined).toList();
      case null, default -> node;
    };
  }

  private List<Object> array(Map<String, Object> schema) {
    int most = schema.get("maxItems") instanceof Number number ? number.intValue() : 3;
    int size = random.nextInt(8) == 0 ? most + random.nextInt(2) : random.nextInt(4);
    List<Object> array = new ArrayList<>();
    for (int i = 0; i < Math.min(size, 1_001); i++) {
      array.add(near(schema.getOrDefault("items", Map.of("type", "string"))));
    }
    return array;
  }

  private Object whole(Map<String, Object> schema) {
    long low = schema.get("minimum") instanceof Number number ? number.longValue() : 0;
    long high = schema.get("maximum") instanceof Number number ? number.longValue() : 1_000;
    return switch (random.nextInt(8)) {
      case 0 -> low;
      case 1 -> low - 1;
      case 2 -> high;
      case 3 -> high == Long.MAX_VALUE ? high : high + 1;
      default -> low + (long) (random.nextDouble() * (high - low));
    };
  }

  private String text(Map<String, Object> schema) {
    int least = schema.get("minLength") instanceof Number number ? number.intValue() : 0;
    int most = schema.get("maxLength") instanceof Number number ? number.intValue() : 40;
    return switch (random.nextInt(6)) {
      case 0 -> "a".repeat(Math.max(0, least - 1));
      case 1 -> "a".repeat(least);
      case 2 -> "\ud83d\ude00".repeat(Math.min(most, 3_000));
      case 3 -> "a".repeat(Math.min(most, 20_000) + random.nextInt(2));
      default -> pick(TEXTS);
    };
  }

  private Map<String, Object> resolved(Map<String, Object> schema) {
    if (!(schema.get("$ref") instanceof String ref)) {
      return schema;
    }
    Object node = document;
    for (String step : ref.substring(2).split("/", -1)) {
      node = cast(node).get(step);
    }
    return resolved(cast(node));
  }

  private static Object plain(Object value) {
    return value instanceof Integer number ? (Object) number.longValue() : value;
  }

  private <T> T pick(List<T> options) {
    return options.get(random.nextInt(options.size()));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> cast(Object node) {
    return (Map<String, Object>) node;
  }
}
