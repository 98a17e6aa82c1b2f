package io.parley.flow;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The failure of a dependency: neither a refusal nor a bug. */
public final class Outage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What the caller may conclude. */
  public enum Kind {
    /** Nothing was done: a retry is safe. */
    UNAVAILABLE,
    /** It may have been done: retry with the same idempotency key. */
    OUTCOME_UNKNOWN
  }

  private final Kind kind;

  private Outage(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.kind = kind;
  }

  public static Outage unavailable(String message) {
    return new Outage(Kind.UNAVAILABLE, message, null);
  }

  public static Outage unavailable(String message, Throwable cause) {
    return new Outage(Kind.UNAVAILABLE, message, cause);
  }

  public static Outage outcomeUnknown(String message, Throwable cause) {
    return new Outage(Kind.OUTCOME_UNKNOWN, message, cause);
  }

  public Kind kind() {
    return kind;
  }

  public boolean isRetryable() {
    return kind == Kind.UNAVAILABLE;
  }

  /** How long a caller should wait before it retries. */
  public Duration retryAfter() {
    return Duration.ofSeconds(1);
  }
}
