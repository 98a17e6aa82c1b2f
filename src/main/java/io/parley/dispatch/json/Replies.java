package io.parley.dispatch.json;

import io.parley.channel.NextStep;
import io.parley.channel.Outcome;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.buffer.Buffer;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an answer, or none, says about a message. */
final class Replies {
  private static final Duration LONGEST_WAIT = Duration.ofHours(24);
  private static final int MOST_REFERENCE = 200;

  private Replies() {}

  static Outcome outcome(int status, @Nullable String retryAfter, Buffer body, Instant now) {
    return switch (status) {
      case 429 -> new Outcome.Throttled(wait(retryAfter, now));
      // it did not wait for the whole request, or did not want it now
      case 408, 425 -> unavailable(status);
      default ->
          switch (status / 100) {
            case 2 -> taken(body);
            case 4 -> refused(status, body);
            // a redirection is somebody's mistake in the settings, and no verdict on the message
            default -> unavailable(status);
          };
    };
  }

  private static Outcome unavailable(int status) {
    return new Outcome.Unavailable("http_" + status, "the provider answered " + status);
  }

  // an answer that names no message may not be the provider's at all
  private static Outcome taken(Buffer body) {
    String reference = field(body, "id").orElse("");
    return reference.isEmpty() || reference.length() > MOST_REFERENCE
        ? new Outcome.Unknown("bad_reply", "the provider's answer names no message")
        : new Outcome.Sent(reference);
  }

  private static Outcome refused(int status, Buffer body) {
    return new Outcome.Refused(
        field(body, "code").orElse(NextStep.REFUSED),
        field(body, "message").orElse("the provider answered " + status));
  }

  private static Optional<String> field(Buffer body, String name) {
    try {
      return StrictJson.parseMended(body) instanceof Map<?, ?> fields
              && (fields.get(name) instanceof String || fields.get(name) instanceof Long)
          ? Optional.of(String.valueOf(fields.get(name)))
          : Optional.empty();
    } catch (MalformedText notJson) {
      return Optional.empty();
    }
  }

  /** Seconds, or a date of HTTP. */
  static Optional<Duration> wait(@Nullable String header, Instant now) {
    if (header == null) {
      return Optional.empty();
    }
    String text = header.strip();
    try {
      Duration told =
          text.matches("\\d{1,9}")
              ? Duration.ofSeconds(Long.parseLong(text))
              : Duration.between(
                  now, ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      Duration forward = told.isNegative() ? Duration.ZERO : told;
      return Optional.of(forward.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : forward);
    } catch (DateTimeException notADate) {
      return Optional.empty();
    }
  }

  static Outcome withoutReply(Throwable failure) {
    boolean neverConnected =
        failure instanceof ConnectException
            || failure instanceof UnknownHostException
            || failure instanceof NoRouteToHostException
            || failure.getClass().getName().endsWith("ConnectTimeoutException");
    String message = failure.getClass().getSimpleName();
    return neverConnected
        ? new Outcome.Unavailable("no_connection", "the provider cannot be reached: " + message)
        : new Outcome.Unknown("no_reply", "the answer was lost: " + message);
  }
}
