package io.parley.api.contract;

import io.parley.api.problem.InputError;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A schema of the contract, compiled once into checks that are cheap enough for the event loop and
 * whose messages are written for people.
 *
 * <p>Supports the keywords that our contract uses; compilation fails on any other, so every rule in
 * the contract is enforced. The tests compare the results with a general validator.
 */
final class SchemaCheck {
  /** The maximum number of errors listed for one request. */
  static final int MAX_ERRORS = 20;

  /** One rule; adds the errors it finds. */
  @FunctionalInterface
  interface Rule {
    void check(@Nullable Object value, String at, List<InputError> errors);
  }

  final Set<String> types;
  private final List<Rule> rules;
  final Map<String, Object> constants;

  SchemaCheck(Set<String> types, List<Rule> rules, Map<String, Object> constants) {
    this.types = types;
    this.rules = rules;
    this.constants = constants;
  }

  /** Whether the type of the value is allowed, before any other rule. */
  boolean accepts(@Nullable Object value) {
    return types.isEmpty() || types.stream().anyMatch(type -> isA(type, value));
  }

  public void check(@Nullable Object value, String at, List<InputError> errors) {
    if (!accepts(value)) {
      errors.add(
          new InputError(
              at,
              "must be "
                  + types.stream().map(SchemaCheck::inWords).collect(Collectors.joining(" or "))));
      return;
    }
    for (Rule rule : rules) {
      rule.check(value, at, errors);
    }
  }

  /** Converts {@code text} from a path, a query or a form to the type of the schema. */
  Object fromText(String text) {
    if (types.contains("integer") && text.matches("-?[0-9]{1,18}")) {
      return Long.parseLong(text);
    }
    if (types.contains("boolean") && (text.equals("true") || text.equals("false"))) {
      return text.equals("true");
    }
    return text;
  }

  /** The name of a field inside {@code at}. */
  static String field(String at, Object name) {
    return at.isEmpty() ? String.valueOf(name) : at + "." + name;
  }

  private static boolean isA(String type, @Nullable Object value) {
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
