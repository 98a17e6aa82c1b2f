package io.parley.timeline;

import io.parley.bus.Endpoint;
import java.util.List;

/** The result of a request: its value, or the reason why it was refused. */
public sealed interface Result<T> {
  record Done<T>(T value) implements Result<T> {}

  /**
   * A refusal.
   *
   * @param names what it is about, where the request named several things
   */
  record Refused<T>(Refusal reason, List<String> names) implements Result<T> {}

  static <T> Result<T> done(T value) {
    return new Done<>(value);
  }

  static <T> Result<T> refused(Refusal reason) {
    return new Refused<>(reason, List.of());
  }

  static <T> Result<T> refused(Refusal reason, List<String> names) {
    return new Refused<>(reason, names);
  }

  /**
   * An endpoint whose replies are results. The type of the value is checked by the compiler only.
   */
  @SuppressWarnings("unchecked")
  static <Q, T> Endpoint<Q, Result<T>> endpoint(String address, Class<Q> request) {
    return new Endpoint<>(address, request, (Class<Result<T>>) (Class<?>) Result.class);
  }
}
