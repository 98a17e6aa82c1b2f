package io.parley.api.contract;

import io.parley.api.problem.InputError;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The rules that schemas consist of; a rule ignores values of a type that it does not concern. */
final class SchemaRules {
  private SchemaRules() {}

  static SchemaCheck.Rule oneOf(List<Object> allowed) {
    String message =
        "must be " + allowed.stream().map(String::valueOf).collect(Collectors.joining(" or "));
    return (value, at, errors) ->
        expect(allowed.contains(value == null ? "null" : value), at, message, errors);
  }

  static SchemaCheck.Rule text(Predicate<String> rule, String message) {
    return (value, at, errors) ->
        expect(!(value instanceof String text) || rule.test(text), at, message, errors);
  }

  static SchemaCheck.Rule number(Predicate<BigDecimal> rule, String message) {
    return (value, at, errors) ->
        expect(
            !(value instanceof Number number) || rule.test(YamlValues.decimal(number)),
            at,
            message,
            errors);
  }

  static SchemaCheck.Rule items(Predicate<List<?>> rule, String message) {
    return (value, at, errors) ->
        expect(!(value instanceof List<?> list) || rule.test(list), at, message, errors);
  }

  static SchemaCheck.Rule object(Predicate<Map<?, ?>> rule, String message) {
    return (value, at, errors) ->
        expect(!(value instanceof Map<?, ?> map) || rule.test(map), at, message, errors);
  }

  static SchemaCheck.Rule required(List<Object> names) {
    return (value, at, errors) -> {
      if (value instanceof Map<?, ?> map) {
        names.forEach(
            name ->
                expect(map.containsKey(name), SchemaCheck.field(at, name), "is required", errors));
      }
    };
  }

  static SchemaCheck.Rule eachName(SchemaCheck name) {
    return (value, at, errors) -> {
      if (value instanceof Map<?, ?> map) {
        map.keySet().forEach(each -> name.check(each, SchemaCheck.field(at, each), errors));
      }
    };
  }

  static SchemaCheck.Rule eachItem(SchemaCheck item) {
    return (value, at, errors) -> {
      if (value instanceof List<?> list) {
        for (int i = 0; i < list.size(); i++) {
          item.check(list.get(i), at + "[" + i + "]", errors);
        }
      }
    };
  }

  @FunctionalInterface
  interface FieldRule {
    void check(Map<?, ?> map, Object name, String at, List<InputError> errors);
  }

  static SchemaCheck.Rule eachUnknown(Set<String> known, FieldRule rule) {
    return (value, at, errors) -> {
      if (value instanceof Map<?, ?> map) {
        map.keySet().stream()
            .filter(name -> !known.contains(name))
            .forEach(name -> rule.check(map, name, SchemaCheck.field(at, name), errors));
      }
    };
  }

  static SchemaCheck.Rule fields(Map<String, SchemaCheck> checks) {
    return (value, at, errors) -> {
      if (value instanceof Map<?, ?> map) {
        checks.forEach(
            (name, check) -> {
              if (map.containsKey(name)) {
                check.check(map.get(name), SchemaCheck.field(at, name), errors);
              }
            });
      }
    };
  }

  static void expect(boolean holds, String at, String message, List<InputError> errors) {
    if (!holds && errors.size() < SchemaCheck.MAX_ERRORS) {
      errors.add(new InputError(at, message));
    }
  }
}
