package io.parley.api.contract;

import io.parley.api.problem.InputError;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The schemas of a {@code oneOf}. They differ in type, or are objects distinguished by a field with
 * a constant.
 */
record Alternatives(List<SchemaCheck> checks) implements SchemaCheck.Rule {
  @Override
  public void check(@Nullable Object value, String at, List<InputError> errors) {
    List<SchemaCheck> ofType = checks.stream().filter(each -> each.accepts(value)).toList();
    if (ofType.isEmpty()) {
      errors.add(new InputError(at, "must be " + types()));
    } else if (ofType.size() == 1) {
      ofType.getFirst().check(value, at, errors);
    } else {
      checkByConstant(ofType, (Map<?, ?>) value, at, errors);
    }
  }

  private String types() {
    return checks.stream()
        .flatMap(each -> each.types.stream())
        .distinct()
        .map(SchemaCheck::inWords)
        .collect(Collectors.joining(" or "));
  }

  private static void checkByConstant(
      List<SchemaCheck> checks, @Nullable Map<?, ?> value, String at, List<InputError> errors) {
    String name = checks.getFirst().constants.keySet().iterator().next();
    Object given = value == null ? null : value.get(name);
    for (SchemaCheck check : checks) {
      if (Objects.equals(check.constants.get(name), given)) {
        check.check(value, at, errors);
        return;
      }
    }
    String allowed =
        checks.stream()
            .map(each -> String.valueOf(each.constants.get(name)))
            .collect(Collectors.joining(" or "));
    boolean present = value != null && value.containsKey(name);
    errors.add(
        new InputError(
            SchemaCheck.field(at, name),
            present ? "must be " + allowed : "is required: " + allowed));
  }
}
