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
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an answer, or none, says about a message. */
final class Replies {
  private static final Duration LONGEST_WAIT = Duration.ofHours(24);
  private static final int MOST_REFERENCE = 200;
  private static final List<DateTimeFormatter> DATES =
      List.of(
          DateTimeFormatter.RFC_1123_DATE_TIME,
          form("EEEE, dd-MMM-")
              .appendValueReduced(ChronoField.YEAR, 2, 2, 1980)
              .appendPattern(" HH:mm:ss 'GMT'")
              .toFormatter(Locale.ENGLISH)
              .withZone(ZoneOffset.UTC),
          form("EEE MMM ppd HH:mm:ss yyyy").toFormatter(Locale.ENGLISH).withZone(ZoneOffset.UTC));

  private Replies() {}

  private static DateTimeFormatterBuilder form(String pattern) {
    return new DateTimeFormatterBuilder().parseCaseInsensitive().appendPattern(pattern);
  }

  static Outcome outcome(int status, @Nullable String retryAfter, Buffer body, Instant now) {
    Optional<Duration> wait = wait(retryAfter, now);
    return switch (status) {
      case 429 -> new Outcome.Throttled(wait);
      // it did not wait for the whole request, or did not want it now
      case 408, 425 -> unavailable(status, wait);
      // somebody between us and the provider: what became of the message behind it nobody knows
      case 504 -> new Outcome.Unknown("http_504", "a gateway lost the provider's answer");
      default ->
          switch (status / 100) {
            case 2 -> taken(body);
            case 4 -> refused(status, body);
            // a redirection is somebody's mistake in the settings, and no verdict on the message
            default -> unavailable(status, wait);
          };
    };
  }

  private static Outcome unavailable(int status, Optional<Duration> wait) {
    return new Outcome.Unavailable("http_" + status, "the provider answered " + status, wait);
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
          ? Optional.of(String.valueOf(fields.get(name))).filter(text -> !text.isBlank())
          : Optional.empty();
    } catch (MalformedText notJson) {
      return Optional.empty();
    }
  }

  /** Seconds, or a date of HTTP in any of its three forms. */
  static Optional<Duration> wait(@Nullable String header, Instant now) {
    if (header == null) {
      return Optional.empty();
    }
    String text = header.strip();
    return text.matches("\\d+")
        ? Optional.of(text.length() > 9 ? LONGEST_WAIT : bounded(Long.parseLong(text)))
        : DATES.stream()
            .flatMap(form -> date(form, text).stream())
            .findFirst()
            .map(date -> bounded(Duration.between(now, date).toSeconds()));
  }

  private static Duration bounded(long seconds) {
    return Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_WAIT.toSeconds()));
  }

  private static Optional<Instant> date(DateTimeFormatter form, String text) {
    try {
      return Optional.of(Instant.from(form.parse(text)));
    } catch (DateTimeException anotherForm) {
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
