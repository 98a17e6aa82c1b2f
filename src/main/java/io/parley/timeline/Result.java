package io.parley.timeline;

import io.parley.bus.Endpoint;

/** The result of a request: its value, or the reason why it was refused. */
public sealed interface Result<T> {
  record Done<T>(T value) implements Result<T> {}

  record Refused<T>(Refusal reason) implements Result<T> {}

  static <T> Result<T> done(T value) {
    return new Done<>(value);
  }

  static <T> Result<T> refused(Refusal reason) {
    return new Refused<>(reason);
  }

  /**
   * An endpoint whose replies are results. The type of the value is checked by the compiler only.
   */
  @SuppressWarnings("unchecked")
  static <Q, T> Endpoint<Q, Result<T>> endpoint(String address, Class<Q> request) {
    return new Endpoint<>(address, request, (Class<Result<T>>) (Class<?>) Result.class);
  }
}
