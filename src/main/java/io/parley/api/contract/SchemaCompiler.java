package io.parley.api.contract;

import io.parley.json.Text;
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
import java.util.stream.Collectors;

/**
 * The compiler of one schema into the rules that enforce it; rejects keywords it cannot enforce.
 */
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
      case "enum" -> enumeration(YamlValues.list(argument));
      case "const" -> rules.add(SchemaRules.oneOf(List.of(YamlValues.plain(argument))));
      case "minLength" ->
          rules.add(
              SchemaRules.text(
                  text -> Text.length(text) >= YamlValues.integer(argument),
                  Wording.atLeast(YamlValues.integer(argument), "character")));
      case "maxLength" ->
          rules.add(
              SchemaRules.text(
                  text -> Text.length(text) <= YamlValues.integer(argument),
                  Wording.atMost(YamlValues.integer(argument), "character")));
      case "pattern" ->
          rules.add(SchemaRules.text(TextPattern.of(schema), TextPattern.inWords(schema)));
      case "x-strict-pattern" -> requireSibling(keyword, "pattern");
      case "format" -> format((String) argument);
      case "minimum" ->
          rules.add(
              SchemaRules.number(
                  n -> n.compareTo(YamlValues.decimal(argument)) >= 0,
                  "must be at least " + argument));
      case "maximum" ->
          rules.add(
              SchemaRules.number(
                  n -> n.compareTo(YamlValues.decimal(argument)) <= 0,
                  "must be at most " + argument));
      case "minItems" ->
          rules.add(
              SchemaRules.items(
                  list -> list.size() >= YamlValues.integer(argument),
                  Wording.atLeast(YamlValues.integer(argument), "entry")));
      case "maxItems" ->
          rules.add(
              SchemaRules.items(
                  list -> list.size() <= YamlValues.integer(argument),
                  Wording.atMost(YamlValues.integer(argument), "entry")));
      case "minProperties" ->
          rules.add(
              SchemaRules.object(
                  map -> map.size() >= YamlValues.integer(argument),
                  "must have at least " + argument + " of " + properties()));
      case "maxProperties" ->
          rules.add(
              SchemaRules.object(
                  map -> map.size() <= YamlValues.integer(argument),
                  "must have at most "
                      + argument
                      + " "
                      + Wording.plural(YamlValues.integer(argument), "entry")));
      case "propertyNames" ->
          rules.add(SchemaRules.eachName(of(YamlValues.map(argument), resolve)));
      case "items" -> rules.add(SchemaRules.eachItem(of(YamlValues.map(argument), resolve)));
      case "required" -> rules.add(SchemaRules.required(YamlValues.list(argument)));
      case "properties" -> properties(YamlValues.map(argument));
      case "oneOf" ->
          rules.add(
              new Alternatives(
                  YamlValues.list(argument).stream()
                      .map(each -> of(YamlValues.map(each), resolve))
                      .toList()));
      case "discriminator" -> discriminator(YamlValues.map(argument));
      default -> {
        if (!ANNOTATIONS.contains(keyword)) {
          throw new IllegalArgumentException(
              "the contract uses a keyword that is not enforced: " + keyword);
        }
      }
    }
  }

  /** Skips the check where the operation itself refuses other values, with its own problem. */
  private void enumeration(List<Object> allowed) {
    if (!Boolean.TRUE.equals(schema.get("x-enum-refused-by-operation"))) {
      rules.add(SchemaRules.oneOf(allowed));
    }
  }

  private void requireSibling(String keyword, String sibling) {
    if (!schema.containsKey(sibling)) {
      throw new IllegalArgumentException(keyword + " needs " + sibling + " beside it");
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

  private void format(String format) {
    switch (format) {
      case "date-time" ->
          rules.add(
              SchemaRules.text(
                  SchemaCompiler::isDateTime, "must be a date-time such as 2024-11-01T14:00:00Z"));
      case "int64", "int32", "password", "binary" -> {}
      default ->
          throw new IllegalArgumentException(
              "the contract uses a format that is not enforced: " + format);
    }
  }

  private void properties(Map<String, Object> properties) {
    Map<String, SchemaCheck> checks = new LinkedHashMap<>();
    properties.forEach((name, schema) -> checks.put(name, of(YamlValues.map(schema), resolve)));
    properties.forEach(
        (name, schema) ->
            constant(YamlValues.map(schema)).ifPresent(constant -> constants.put(name, constant)));
    rules.add(SchemaRules.fields(checks));
  }

  /** The only value that a schema allows; clients generate better code from an enum of one. */
  private static Optional<Object> constant(Map<String, Object> schema) {
    return schema.get("enum") instanceof List<?> values && values.size() == 1
        ? Optional.of(YamlValues.plain(values.getFirst()))
        : Optional.ofNullable(schema.get("const")).map(YamlValues::plain);
  }

  private String properties() {
    return schema.get("properties") instanceof Map<?, ?> properties
        ? String.join(", ", YamlValues.map(properties).keySet())
        : "any fields";
  }

  private void unknownFields() {
    Set<String> known =
        schema.get("properties") instanceof Map<?, ?> properties
            ? YamlValues.map(properties).keySet()
            : Set.of();
    if (schema.get("additionalProperties") instanceof Map<?, ?> declared) {
      SchemaCheck check = of(YamlValues.map(declared), resolve);
      rules.add(
          SchemaRules.eachUnknown(
              known, (map, name, at, errors) -> check.check(map.get(name), at, errors)));
    } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
      rules.add(
          SchemaRules.eachUnknown(
              known,
              (map, name, at, errors) ->
                  SchemaRules.expect(false, at, Wording.UNKNOWN_FIELD, errors)));
    }
  }

  /** Checks the assumptions of {@link Alternatives}. */
  private void discriminator(Map<String, Object> discriminator) {
    requireSibling("discriminator", "oneOf");
    Object name = discriminator.get("propertyName");
    Set<Object> named = new LinkedHashSet<>();
    for (Object each : YamlValues.list(Objects.requireNonNull(schema.get("oneOf")))) {
      named.add(of(YamlValues.map(each), resolve).constants.get(name));
    }
    if (!named.equals(
        YamlValues.map(Objects.requireNonNull(discriminator.get("mapping"))).keySet())) {
      throw new IllegalArgumentException("a discriminator maps other values than " + named);
    }
  }
}
