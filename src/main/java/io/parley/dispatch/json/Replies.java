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

/** The mapping from a provider's answer, or its absence, to an outcome. */
final class Replies {
  private static final Duration MAX_WAIT = Duration.ofHours(24);
  private static final int MAX_REFERENCE = 200;
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
      // the provider did not read the whole request, asks to send it later, or takes none now
      case 408, 425, 503 -> unavailable(status, "The provider answered " + status + ".", wait);
      // wrong credentials or a wrong address: no verdict on the message
      case 401, 403, 404, 405 ->
          unavailable(
              status,
              "The provider answered " + status + "; check its address and credentials.",
              wait);
      default ->
          switch (status / 100) {
            case 2 -> accepted(body);
            // a redirect is a mistake in the settings, not a verdict on the message
            case 3 -> unavailable(status, "The provider redirects to another address.", wait);
            case 4 -> refused(status, body);
            // it failed, or a gateway in between lost its answer, after it may have sent the
            // message
            default ->
                new Outcome.Unknown(
                    "http_" + status,
                    "The provider answered " + status + " and may have taken the message.");
          };
    };
  }

  private static Outcome unavailable(int status, String message, Optional<Duration> wait) {
    return new Outcome.Unavailable("http_" + status, message, wait);
  }

  // an answer without a message id may come from something other than the provider
  private static Outcome accepted(Buffer body) {
    String reference = field(body, "id").orElse("");
    return reference.isEmpty() || reference.length() > MAX_REFERENCE
        ? new Outcome.Unknown("bad_reply", "The provider's answer has no message id.")
        : new Outcome.Sent(reference);
  }

  private static Outcome refused(int status, Buffer body) {
    return new Outcome.Refused(
        field(body, "code").orElse(NextStep.REFUSED),
        field(body, "message").orElse("The provider answered " + status + "."));
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

  /** Reads Retry-After: seconds, or an HTTP date in any of its three forms. */
  static Optional<Duration> wait(@Nullable String header, Instant now) {
    if (header == null) {
      return Optional.empty();
    }
    String text = header.strip();
    return text.matches("\\d+")
        ? Optional.of(text.length() > 9 ? MAX_WAIT : bounded(Long.parseLong(text)))
        : DATES.stream()
            .flatMap(form -> date(form, text).stream())
            .findFirst()
            .map(date -> bounded(Duration.between(now, date).toSeconds()));
  }

  private static Duration bounded(long seconds) {
    return Duration.ofSeconds(Math.clamp(seconds, 0, MAX_WAIT.toSeconds()));
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
        ? new Outcome.Unavailable("no_connection", "The provider cannot be reached: " + message)
        : new Outcome.Unknown("no_reply", "The answer was lost: " + message);
  }
}
