package io.parley.api.contract;

import io.parley.api.auth.Caller;
import io.parley.api.problem.InputError;
import io.parley.api.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An operation that exists on the event bus only ({@code x-bus-operations}): who may call it, and
 * the schema of its input.
 */
public record BusOperation(String id, Admission admission, WorkClass work, SchemaCheck input) {

  /** Why {@code caller} may not call this; empty when they may. */
  public Optional<Problem> refuses(Caller caller) {
    return admission.refuses(caller);
  }

  /** What is wrong with {@code fields}; empty when nothing is. */
  public Optional<Problem> judge(Map<String, @Nullable Object> fields) {
    List<InputError> errors = new ArrayList<>();
    input.check(fields, "", errors);
    return errors.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Problem.invalid(errors.subList(0, Math.min(errors.size(), SchemaCheck.MAX_ERRORS))));
  }
}
