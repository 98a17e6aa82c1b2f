package io.parley.api.contract;

import io.parley.api.problem.InputError;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A schema of the contract, compiled once into checks that run on the event loop and speak to
 * people.
 *
 * <p>Understands what our contract uses and refuses, when it is compiled, any keyword it would
 * otherwise ignore: a rule written in the contract is a rule enforced. A general validator gives
 * the second opinion in the tests.
 */
final class SchemaCheck {

  /** One check; adds what it finds. */
  @FunctionalInterface
  interface Rule {
    void check(@Nullable Object value, String at, List<InputError> faults);
  }

  final Set<String> types;
  private final List<Rule> rules;
  final Map<String, Object> constants;

  SchemaCheck(Set<String> types, List<Rule> rules, Map<String, Object> constants) {
    this.types = types;
    this.rules = rules;
    this.constants = constants;
  }

  /** Compiles {@code schema}; {@code resolve} follows a {@code $ref}. */
  static SchemaCheck of(Map<String, Object> schema, Function<String, Map<String, Object>> resolve) {
    if (schema.get("$ref") instanceof String ref) {
      return of(resolve.apply(ref), resolve);
    }
    return new SchemaCompiler(schema, resolve).compile();
  }

  /** Whether a value of this type is what is wanted, whatever else is asked of it. */
  boolean accepts(@Nullable Object value) {
    return types.isEmpty() || types.stream().anyMatch(type -> isA(type, value));
  }

  public void check(@Nullable Object value, String at, List<InputError> faults) {
    if (!accepts(value)) {
      faults.add(
          new InputError(
              at,
              "must be "
                  + types.stream().map(SchemaCheck::inWords).collect(Collectors.joining(" or "))));
      return;
    }
    for (Rule rule : rules) {
      rule.check(value, at, faults);
    }
  }

  /**
   * What {@code text} stands for where only text can travel; the text itself when it is nothing
   * else.
   */
  Object fromText(String text) {
    if (types.contains("integer") && text.matches("-?[0-9]{1,18}")) {
      return Long.parseLong(text);
    }
    if (types.contains("boolean") && (text.equals("true") || text.equals("false"))) {
      return text.equals("true");
    }
    return text;
  }

  static boolean isA(String type, @Nullable Object value) {
    return switch (type) {
      case "string" -> value instanceof String;
      case "integer" -> value instanceof Long;
      case "number" -> value instanceof Long || value instanceof BigDecimal;
      case "boolean" -> value instanceof Boolean;
      case "object" -> value instanceof Map;
      case "array" -> value instanceof List;
      case "null" -> value == null;
      default -> throw new IllegalArgumentException("no type of JSON: " + type);
    };
  }

  static String inWords(String type) {
    return switch (type) {
      case "string" -> "a string";
      case "integer" -> "an integer";
      case "number" -> "a number";
      case "boolean" -> "a boolean";
      case "object" -> "an object";
      case "array" -> "an array";
      default -> type;
    };
  }
}
