package io.parley.api.contract;

import java.util.Locale;
import java.util.Map;

/**
 * How the requests of one socket for an operation keep the order in which they were sent ({@code
 * x-order}).
 */
public enum SocketOrder {
  /** One request at a time: the next one for the same conversation starts when it is answered. */
  ONE_BY_ONE,
  /** Side by side with other appends: the store keeps their order. */
  APPEND,
  /** Side by side with other marks: the highest one wins in any order. */
  MARK;

  static SocketOrder of(Map<String, Object> operation) {
    return operation.get("x-order") instanceof String order
        ? valueOf(order.toUpperCase(Locale.ROOT))
        : ONE_BY_ONE;
  }
}
