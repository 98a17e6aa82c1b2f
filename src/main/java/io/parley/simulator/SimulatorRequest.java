package io.parley.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request that was read completely.
 *
 * @param pathParameter the last segment of a path that takes one, else empty
 */
record SimulatorRequest(
    HttpServerRequest request, String pathParameter, Map<String, String> query, Buffer body) {
  private static final int MAX_HEADER = 1_000;

  Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeader(name))
        .map(text -> text.substring(0, Math.min(text.length(), MAX_HEADER)));
  }

  /** Whether the client closed the connection. */
  boolean isAborted() {
    return request.response().closed();
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name)).filter(text -> !text.isEmpty());
  }

  /** A whole number from the query, or the default. */
  long parameter(String name, long min, long max, long byDefault) {
    Optional<String> text = parameter(name);
    if (text.isEmpty()) {
      return byDefault;
    }
    if (text.get().matches("[0-9]{1,18}")) {
      long value = Long.parseLong(text.get());
      if (value >= min && value <= max) {
        return value;
      }
    }
    throw new SimulatorProblem.Rejection(
        SimulatorProblem.invalid(
            List.of(new FieldError(name, "must be a whole number from " + min + " to " + max))));
  }

  /** Refuses a query with any other parameter. */
  void allowOnly(String... names) {
    List<FieldError> errors = new ArrayList<>();
    for (String name : query.keySet()) {
      if (!List.of(names).contains(name)) {
        errors.add(new FieldError(name, "is not a known parameter"));
      }
    }
    if (!errors.isEmpty()) {
      throw new SimulatorProblem.Rejection(SimulatorProblem.invalid(errors));
    }
  }
}
