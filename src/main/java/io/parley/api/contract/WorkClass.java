package io.parley.api.contract;

import java.util.Locale;
import java.util.Map;

/**
 * The kind of work that an operation is, by which calls are limited: {@code x-work} in the
 * contract. Without it, a GET is a read and everything else a write, so no operation is unlimited
 * by mistake.
 */
public enum WorkClass {
  READ,
  WRITE,
  /** Leaves by a channel, and so costs money. */
  SEND,
  /** Search and analytics. */
  HEAVY;

  static WorkClass of(String method, Map<String, Object> operation) {
    return operation.get("x-work") instanceof String named
        ? valueOf(named.toUpperCase(Locale.ROOT))
        : method.equalsIgnoreCase("get") ? READ : WRITE;
  }

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
