package io.parley.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One request, read.
 *
 * @param parameter what the path names, if it names something
 */
record SimulatorRequest(
    HttpServerRequest request, String parameter, Map<String, String> query, Buffer body) {
  private static final int MOST_HEADER = 1_000;

  Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeader(name))
        .map(text -> text.substring(0, Math.min(text.length(), MOST_HEADER)));
  }

  /** Whether nobody waits for the answer any more. */
  boolean isGone() {
    return request.response().closed();
  }

  Optional<String> asked(String name) {
    return Optional.ofNullable(query.get(name)).filter(text -> !text.isEmpty());
  }

  /** A whole number from the query, or {@code usual}. */
  long asked(String name, long least, long most, long usual) {
    Optional<String> text = asked(name);
    if (text.isEmpty()) {
      return usual;
    }
    if (text.get().matches("[0-9]{1,18}")) {
      long value = Long.parseLong(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw new SimulatorProblem.Refused(
        SimulatorProblem.invalid(
            List.of(new FieldError(name, "must be a whole number from " + least + " to " + most))));
  }

  /** Refuses what else is in the query. */
  void only(String... names) {
    List<FieldError> wrong = new ArrayList<>();
    for (String name : query.keySet()) {
      if (!List.of(names).contains(name)) {
        wrong.add(new FieldError(name, "is not known here"));
      }
    }
    if (!wrong.isEmpty()) {
      throw new SimulatorProblem.Refused(SimulatorProblem.invalid(wrong));
    }
  }
}
