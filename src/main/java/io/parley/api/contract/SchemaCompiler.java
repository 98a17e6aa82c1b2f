package io.parley.api.contract;

import io.parley.api.problem.InputError;
import io.parley.json.Text;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Compiles one schema into the rules that enforce it; refuses keywords that it cannot enforce. */
final class SchemaCompiler {
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "description",
          "title",
          "example",
          "examples",
          "default",
          "deprecated",
          "readOnly",
          "writeOnly",
          "$comment",
          "x-pattern-in-words",
          "x-enum-refused-by-operation");
  private final Map<String, Object> schema;
  private final Function<String, Map<String, Object>> resolve;
  private final List<SchemaCheck.Rule> rules = new ArrayList<>();
  private final Map<String, Object> constants = new LinkedHashMap<>();

  /** Compiles {@code schema}; {@code resolve} follows a {@code $ref}. */
  static SchemaCheck of(Map<String, Object> schema, Function<String, Map<String, Object>> resolve) {
    return schema.get("$ref") instanceof String ref
        ? of(resolve.apply(ref), resolve)
        : new SchemaCompiler(schema, resolve).compile();
  }

  private SchemaCompiler(
      Map<String, Object> schema, Function<String, Map<String, Object>> resolve) {
    this.schema = schema;
    this.resolve = resolve;
  }

  private SchemaCheck compile() {
    schema.forEach(this::keyword);
    if (schema.containsKey("properties") || schema.containsKey("additionalProperties")) {
      unknownFields();
    }
    return new SchemaCheck(types(), List.copyOf(rules), Map.copyOf(constants));
  }

  private Set<String> types() {
    return switch (schema.get("type")) {
      case String type -> Set.of(type);
      case List<?> list ->
          list.stream().map(String::valueOf).collect(Collectors.toCollection(LinkedHashSet::new));
      case null, default -> Set.of();
    };
  }

  private void keyword(String keyword, Object argument) {
    switch (keyword) {
      case "type", "additionalProperties" -> {}
      case "enum" -> enumeration(list(argument));
      case "const" -> oneOf(List.of(plain(argument)));
      case "minLength" ->
          text(
              text -> Text.length(text) >= integer(argument),
              Wording.atLeast(integer(argument), "character"));
      case "maxLength" ->
          text(
              text -> Text.length(text) <= integer(argument),
              Wording.atMost(integer(argument), "character"));
      case "pattern" -> text(TextPattern.of(schema), TextPattern.inWords(schema));
      case "x-strict-pattern" -> requireSibling(keyword, "pattern");
      case "format" -> format((String) argument);
      case "minimum" ->
          number(n -> n.compareTo(decimal(argument)) >= 0, "must be at least " + argument);
      case "maximum" ->
          number(n -> n.compareTo(decimal(argument)) <= 0, "must be at most " + argument);
      case "minItems" ->
          items(
              list -> list.size() >= integer(argument),
              Wording.atLeast(integer(argument), "entry"));
      case "maxItems" ->
          items(
              list -> list.size() <= integer(argument), Wording.atMost(integer(argument), "entry"));
      case "minProperties" ->
          object(
              map -> map.size() >= integer(argument),
              "must have at least " + argument + " of " + properties());
      case "maxProperties" ->
          object(
              map -> map.size() <= integer(argument),
              "must have at most " + argument + " " + Wording.plural(integer(argument), "entry"));
      case "propertyNames" -> eachName(of(map(argument), resolve));
      case "items" -> eachItem(of(map(argument), resolve));
      case "required" -> required(list(argument));
      case "properties" -> properties(map(argument));
      case "oneOf" ->
          rules.add(
              new Alternatives(
                  list(argument).stream().map(each -> of(map(each), resolve)).toList()));
      case "discriminator" -> discriminator(map(argument));
      default -> {
        if (!ANNOTATIONS.contains(keyword)) {
          throw new IllegalArgumentException(
              "the contract uses a keyword that is not enforced: " + keyword);
        }
      }
    }
  }

  /** Leaves other values to the operation where it refuses them by a problem of its own. */
  private void enumeration(List<Object> allowed) {
    if (!Boolean.TRUE.equals(schema.get("x-enum-refused-by-operation"))) {
      oneOf(allowed);
    }
  }

  private void oneOf(List<Object> allowed) {
    String message =
        "must be " + allowed.stream().map(String::valueOf).collect(Collectors.joining(" or "));
    rules.add(
        (value, at, errors) ->
            expect(allowed.contains(value == null ? "null" : value), at, message, errors));
  }

  private void text(Predicate<String> rule, String message) {
    rules.add(
        (value, at, errors) ->
            expect(!(value instanceof String text) || rule.test(text), at, message, errors));
  }

  private void number(Predicate<BigDecimal> rule, String message) {
    rules.add(
        (value, at, errors) ->
            expect(
                !(value instanceof Number number) || rule.test(decimal(number)),
                at,
                message,
                errors));
  }

  private void items(Predicate<List<?>> rule, String message) {
    rules.add(
        (value, at, errors) ->
            expect(!(value instanceof List<?> list) || rule.test(list), at, message, errors));
  }

  private void object(Predicate<Map<?, ?>> rule, String message) {
    rules.add(
        (value, at, errors) ->
            expect(!(value instanceof Map<?, ?> map) || rule.test(map), at, message, errors));
  }

  private void requireSibling(String keyword, String sibling) {
    if (!schema.containsKey(sibling)) {
      throw new IllegalArgumentException(keyword + " needs " + sibling + " beside it");
    }
  }

  private void format(String format) {
    switch (format) {
      case "date-time" ->
          text(SchemaCompiler::isDateTime, "must be a date-time such as 2024-11-01T14:00:00Z");
      case "int64", "int32", "password", "binary" -> {}
      default ->
          throw new IllegalArgumentException(
              "the contract uses a format that is not enforced: " + format);
    }
  }

  private static boolean isDateTime(String text) {
    try {
      int year = OffsetDateTime.parse(text).getYear();
      return year >= 1 && year <= 9999;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private void eachName(SchemaCheck name) {
    rules.add(
        (value, at, errors) -> {
          if (value instanceof Map<?, ?> map) {
            map.keySet().forEach(each -> name.check(each, SchemaCheck.field(at, each), errors));
          }
        });
  }

  private void eachItem(SchemaCheck item) {
    rules.add(
        (value, at, errors) -> {
          if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
              item.check(list.get(i), at + "[" + i + "]", errors);
            }
          }
        });
  }

  private void required(List<Object> names) {
    rules.add(
        (value, at, errors) -> {
          if (value instanceof Map<?, ?> map) {
            names.forEach(
                name ->
                    expect(
                        map.containsKey(name), SchemaCheck.field(at, name), "is required", errors));
          }
        });
  }

  private void properties(Map<String, Object> properties) {
    Map<String, SchemaCheck> checks = new LinkedHashMap<>();
    properties.forEach((name, schema) -> checks.put(name, of(map(schema), resolve)));
    properties.forEach(
        (name, schema) ->
            constant(map(schema)).ifPresent(constant -> constants.put(name, constant)));
    rules.add(
        (value, at, errors) -> {
          if (value instanceof Map<?, ?> map) {
            checks.forEach(
                (name, check) -> {
                  if (map.containsKey(name)) {
                    check.check(map.get(name), SchemaCheck.field(at, name), errors);
                  }
                });
          }
        });
  }

  /** The only value that a schema allows; clients generate better code from an enum of one. */
  private static Optional<Object> constant(Map<String, Object> schema) {
    return schema.get("enum") instanceof List<?> values && values.size() == 1
        ? Optional.of(plain(values.getFirst()))
        : Optional.ofNullable(schema.get("const")).map(SchemaCompiler::plain);
  }

  private String properties() {
    return schema.get("properties") instanceof Map<?, ?> properties
        ? String.join(", ", map(properties).keySet())
        : "any fields";
  }

  private void unknownFields() {
    Set<String> known =
        schema.get("properties") instanceof Map<?, ?> properties
            ? map(properties).keySet()
            : Set.of();
    if (schema.get("additionalProperties") instanceof Map<?, ?> declared) {
      SchemaCheck check = of(map(declared), resolve);
      eachUnknown(known, (map, name, at, errors) -> check.check(map.get(name), at, errors));
    } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
      eachUnknown(
          known, (map, name, at, errors) -> expect(false, at, Wording.UNKNOWN_FIELD, errors));
    }
  }

  @FunctionalInterface
  private interface FieldRule {
    void check(Map<?, ?> map, Object name, String at, List<InputError> errors);
  }

  private void eachUnknown(Set<String> known, FieldRule rule) {
    rules.add(
        (value, at, errors) -> {
          if (value instanceof Map<?, ?> map) {
            map.keySet().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> rule.check(map, name, SchemaCheck.field(at, name), errors));
          }
        });
  }

  /** Holds the contract to what {@link Alternatives} relies on. */
  private void discriminator(Map<String, Object> discriminator) {
    requireSibling("discriminator", "oneOf");
    Object name = discriminator.get("propertyName");
    Set<Object> named = new LinkedHashSet<>();
    for (Object each : list(Objects.requireNonNull(schema.get("oneOf")))) {
      named.add(of(map(each), resolve).constants.get(name));
    }
    if (!named.equals(map(Objects.requireNonNull(discriminator.get("mapping"))).keySet())) {
      throw new IllegalArgumentException("a discriminator maps other values than " + named);
    }
  }

  private static void expect(boolean holds, String at, String message, List<InputError> errors) {
    if (!holds && errors.size() < SchemaCheck.MAX_ERRORS) {
      errors.add(new InputError(at, message));
    }
  }

  private static long integer(Object argument) {
    return ((Number) argument).longValue();
  }

  private static BigDecimal decimal(Object number) {
    return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
  }

  private static Object plain(Object argument) {
    return argument instanceof Integer number ? (Object) number.longValue() : argument;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object argument) {
    return ((List<Object>) argument)
        .stream().map(each -> each == null ? "null" : plain(each)).toList();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object argument) {
    return (Map<String, Object>) argument;
  }
}
