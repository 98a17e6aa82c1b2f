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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
  private static final long LONGEST_MATCHED = 10_000;
  static final String UNKNOWN = "is not a known field";
  private final Map<String, Object> schema;
  private final Function<String, Map<String, Object>> resolve;
  private final List<SchemaCheck.Rule> rules = new ArrayList<>();
  private final Map<String, Object> constants = new LinkedHashMap<>();

  SchemaCompiler(Map<String, Object> schema, Function<String, Map<String, Object>> resolve) {
    this.schema = schema;
    this.resolve = resolve;
  }

  SchemaCheck compile() {
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
              atLeast(integer(argument), "character"));
      case "maxLength" ->
          text(
              text -> Text.length(text) <= integer(argument),
              atMost(integer(argument), "character"));
      case "pattern" -> pattern(Pattern.compile(inJava((String) argument)), strictPattern());
      case "x-strict-pattern" -> requireSibling(keyword, "pattern");
      case "format" -> format((String) argument);
      case "minimum" ->
          number(n -> n.compareTo(decimal(argument)) >= 0, "must be at least " + argument);
      case "maximum" ->
          number(n -> n.compareTo(decimal(argument)) <= 0, "must be at most " + argument);
      case "minItems" ->
          items(list -> list.size() >= integer(argument), atLeast(integer(argument), "entry"));
      case "maxItems" ->
          items(list -> list.size() <= integer(argument), atMost(integer(argument), "entry"));
      case "minProperties" ->
          object(
              map -> map.size() >= integer(argument),
              "must have at least " + argument + " of " + properties());
      case "maxProperties" ->
          object(
              map -> map.size() <= integer(argument),
              "must have at most " + argument + " " + plural(integer(argument), "entry"));
      case "propertyNames" -> eachName(SchemaCheck.of(map(argument), resolve));
      case "items" -> eachItem(SchemaCheck.of(map(argument), resolve));
      case "required" -> required(list(argument));
      case "properties" -> properties(map(argument));
      case "oneOf" ->
          alternatives(
              list(argument).stream().map(each -> SchemaCheck.of(map(each), resolve)).toList());
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
        (value, at, faults) ->
            expect(allowed.contains(value == null ? "null" : value), at, message, faults));
  }

  private void text(Predicate<String> rule, String message) {
    rules.add(
        (value, at, faults) ->
            expect(!(value instanceof String text) || rule.test(text), at, message, faults));
  }

  private void number(Predicate<BigDecimal> rule, String message) {
    rules.add(
        (value, at, faults) ->
            expect(
                !(value instanceof Number number) || rule.test(decimal(number)),
                at,
                message,
                faults));
  }

  private void items(Predicate<List<?>> rule, String message) {
    rules.add(
        (value, at, faults) ->
            expect(!(value instanceof List<?> list) || rule.test(list), at, message, faults));
  }

  private void object(Predicate<Map<?, ?>> rule, String message) {
    rules.add(
        (value, at, faults) ->
            expect(!(value instanceof Map<?, ?> map) || rule.test(map), at, message, faults));
  }

  // to a schema $ is the end; to Java it is also the place before a last line break
  private static String inJava(String pattern) {
    StringBuilder java = new StringBuilder();
    boolean inClass = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\' && i + 1 < pattern.length()) {
        java.append(c).append(pattern.charAt(++i));
        continue;
      }
      inClass = c == '[' || (inClass && c != ']');
      java.append(c == '$' && !inClass ? "\\z" : String.valueOf(c));
    }
    return java.toString();
  }

  /**
   * The pattern that is enforced beside a portable one: in Java's syntax, which knows the
   * categories of Unicode, where {@code pattern} must also compile in Python and JavaScript.
   */
  private Optional<Pattern> strictPattern() {
    return schema.get("x-strict-pattern") instanceof String strict
        ? Optional.of(Pattern.compile(inJava(strict)))
        : Optional.empty();
  }

  private void requireSibling(String keyword, String sibling) {
    if (!schema.containsKey(sibling)) {
      throw new IllegalArgumentException(keyword + " needs " + sibling + " beside it");
    }
  }

  private void pattern(Pattern pattern, Optional<Pattern> strict) {
    String words =
        schema.get("x-pattern-in-words") instanceof String said
            ? said
            : "must match " + schema.get("pattern");
    // Matching may take the square of the length, so a pattern never sees a text that is too long:
    // maxLength refuses such a text, or this rule does where the contract sets no bound.
    Predicate<String> matches =
        text ->
            pattern.matcher(text).find() && (strict.isEmpty() || strict.get().matcher(text).find());
    boolean bounded = schema.get("maxLength") instanceof Integer;
    long longest = schema.get("maxLength") instanceof Integer most ? most : LONGEST_MATCHED;
    text(text -> Text.length(text) > longest ? bounded : matches.test(text), words);
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
        (value, at, faults) -> {
          if (value instanceof Map<?, ?> map) {
            map.keySet().forEach(each -> name.check(each, field(at, each), faults));
          }
        });
  }

  private void eachItem(SchemaCheck item) {
    rules.add(
        (value, at, faults) -> {
          if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
              item.check(list.get(i), at + "[" + i + "]", faults);
            }
          }
        });
  }

  private void required(List<Object> names) {
    rules.add(
        (value, at, faults) -> {
          if (value instanceof Map<?, ?> map) {
            names.forEach(
                name -> expect(map.containsKey(name), field(at, name), "is required", faults));
          }
        });
  }

  private void properties(Map<String, Object> properties) {
    Map<String, SchemaCheck> shapes = new LinkedHashMap<>();
    properties.forEach((name, schema) -> shapes.put(name, SchemaCheck.of(map(schema), resolve)));
    properties.forEach(
        (name, schema) ->
            constant(map(schema)).ifPresent(constant -> constants.put(name, constant)));
    rules.add(
        (value, at, faults) -> {
          if (value instanceof Map<?, ?> map) {
            shapes.forEach(
                (name, shape) -> {
                  if (map.containsKey(name)) {
                    shape.check(map.get(name), field(at, name), faults);
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
      SchemaCheck shape = SchemaCheck.of(map(declared), resolve);
      eachUnknown(known, (map, name, at, faults) -> shape.check(map.get(name), at, faults));
    } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
      eachUnknown(known, (map, name, at, faults) -> expect(false, at, UNKNOWN, faults));
    }
  }

  @FunctionalInterface
  private interface FieldRule {
    void check(Map<?, ?> map, Object name, String at, List<InputError> faults);
  }

  private void eachUnknown(Set<String> known, FieldRule rule) {
    rules.add(
        (value, at, faults) -> {
          if (value instanceof Map<?, ?> map) {
            map.keySet().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> rule.check(map, name, field(at, name), faults));
          }
        });
  }

  /** Holds the contract to what {@link #byConstant} relies on. */
  private void discriminator(Map<String, Object> discriminator) {
    requireSibling("discriminator", "oneOf");
    Object name = discriminator.get("propertyName");
    Set<Object> named = new LinkedHashSet<>();
    for (Object each : list(Objects.requireNonNull(schema.get("oneOf")))) {
      named.add(SchemaCheck.of(map(each), resolve).constants.get(name));
    }
    if (!named.equals(map(Objects.requireNonNull(discriminator.get("mapping"))).keySet())) {
      throw new IllegalArgumentException("a discriminator maps other values than " + named);
    }
  }

  /** Alternatives differ in type, or are objects told apart by a field with a constant. */
  private void alternatives(List<SchemaCheck> shapes) {
    rules.add(
        (value, at, faults) -> {
          List<SchemaCheck> ofType =
              shapes.stream()
                  .filter(
                      s ->
                          s.types.isEmpty()
                              || s.types.stream().anyMatch(t -> SchemaCheck.isA(t, value)))
                  .toList();
          if (ofType.isEmpty()) {
            String wanted =
                shapes.stream()
                    .flatMap(s -> s.types.stream())
                    .distinct()
                    .map(SchemaCheck::inWords)
                    .collect(Collectors.joining(" or "));
            faults.add(new InputError(at, "must be " + wanted));
          } else if (ofType.size() == 1) {
            ofType.getFirst().check(value, at, faults);
          } else {
            byConstant(ofType, (Map<?, ?>) value, at, faults);
          }
        });
  }

  private static void byConstant(
      List<SchemaCheck> shapes, @Nullable Map<?, ?> value, String at, List<InputError> faults) {
    String name = shapes.getFirst().constants.keySet().iterator().next();
    Object said = value == null ? null : value.get(name);
    for (SchemaCheck shape : shapes) {
      if (Objects.equals(shape.constants.get(name), said)) {
        shape.check(value, at, faults);
        return;
      }
    }
    String allowed =
        shapes.stream()
            .map(s -> String.valueOf(s.constants.get(name)))
            .collect(Collectors.joining(" or "));
    faults.add(
        new InputError(
            field(at, name),
            value != null && value.containsKey(name)
                ? "must be " + allowed
                : "is required: " + allowed));
  }

  private static void expect(boolean holds, String at, String message, List<InputError> faults) {
    if (!holds && faults.size() < Contract.MAX_FAULTS) {
      faults.add(new InputError(at, message));
    }
  }

  private static String field(String at, Object name) {
    return at.isEmpty() ? String.valueOf(name) : at + "." + name;
  }

  private static String atLeast(long count, String unit) {
    return "must have at least " + count + " " + plural(count, unit);
  }

  private static String atMost(long count, String unit) {
    return "must have at most " + count + " " + plural(count, unit);
  }

  private static String plural(long count, String unit) {
    return count == 1
        ? unit
        : unit.endsWith("y") ? unit.substring(0, unit.length() - 1) + "ies" : unit + "s";
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
