package io.parley.timeline;

import io.parley.bus.Endpoint;

/** What came of a verb: the thing, or why not. */
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
   * An endpoint whose replies are results; the type of the thing inside is the compiler's to check.
   */
  @SuppressWarnings("unchecked")
  static <Q, T> Endpoint<Q, Result<T>> endpoint(String address, Class<Q> request) {
    return new Endpoint<>(address, request, (Class<Result<T>>) (Class<?>) Result.class);
  }
}
