package io.parley.api.problem;

import io.parley.flow.Outage;
import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A problem document (RFC 9457). This is the only place that turns a refusal, an outage or a bug
 * into what a client sees. {@code docs/problems.md} lists the types.
 *
 * @param members additional members of the document
 * @param nearest the paths that the client may have meant, if the one it asked for does not exist
 */
public record Problem(
    int status,
    String type,
    String title,
    String detail,
    List<InputError> errors,
    Map<String, String> headers,
    Map<String, String> members,
    List<String> nearest)
    implements Answer {
  public static final String MEDIA_TYPE = "application/problem+json";
  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);

  /** A problem thrown by code that cannot return one; without a stack, because it is not a bug. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Problem problem;

    public Refused(Problem problem) {
      super(problem.detail(), null, false, false);
      this.problem = problem;
    }

    public Problem problem() {
      return problem;
    }
  }

  public static Problem of(int status, String type, String title, String detail) {
    return new Problem(status, type, title, detail, List.of(), Map.of(), Map.of(), List.of());
  }

  /** The same problem with this header. */
  public Problem header(String name, String value) {
    return new Problem(status, type, title, detail, errors, Map.of(name, value), members, nearest);
  }

  /** The same problem with this additional member. */
  public Problem with(String member, String value) {
    return new Problem(
        status, type, title, detail, errors, headers, Map.of(member, value), nearest);
  }

  public static Problem malformed(String detail) {
    return of(400, "malformed", "Malformed request", sentence(detail));
  }

  private static String sentence(String reason) {
    String end = reason.endsWith(".") ? "" : ".";
    return reason.substring(0, 1).toUpperCase(Locale.ROOT) + reason.substring(1) + end;
  }

  public static Problem invalid(List<InputError> errors) {
    InputError first = errors.getFirst();
    String detail =
        (first.field().isEmpty() ? "The request" : first.field()) + " " + first.message() + ".";
    return new Problem(
        400, "invalid", "Invalid request", detail, errors, Map.of(), Map.of(), List.of());
  }

  public static Problem invalid(String field, String message) {
    return invalid(List.of(new InputError(field, message)));
  }

  public static Problem unauthorized(String detail) {
    return of(401, "unauthorized", "Unauthorized", detail).header("WWW-Authenticate", "Bearer");
  }

  public static Problem forbidden(String detail) {
    return of(403, "forbidden", "Forbidden", detail);
  }

  /** The same text for what does not exist and for what the caller may not see. */
  public static Problem notFound() {
    return of(404, "not_found", "Not found", "Not found, or not visible to you.");
  }

  /** A path that does not exist, for any caller; {@code nearest} are paths that exist. */
  public static Problem noSuchPath(List<String> nearest) {
    String hint =
        nearest.isEmpty()
            ? "/docs lists the operations."
            : "did you mean " + String.join(" or ", nearest) + "?";
    return new Problem(
        404,
        "no_such_path",
        "No such path",
        "There is no such path; " + hint,
        List.of(),
        Map.of(),
        Map.of(),
        nearest);
  }

  /** {@code allowed}: the methods that the path supports, as in the header {@code Allow}. */
  public static Problem methodNotAllowed(String allowed) {
    return of(
            405, "method_not_allowed", "Method not allowed", "This path supports " + allowed + ".")
        .header("Allow", allowed);
  }

  public static Problem conflict(String type, String detail) {
    return of(409, type, "Conflict", detail);
  }

  public static Problem keyReused() {
    return conflict(
        "idempotency_key_reused", "This idempotency key was used for a different request.");
  }

  public static Problem rule(String type, String detail) {
    return of(422, type, "Not allowed by a rule", detail);
  }

  /** The same text for names that exist and names that do not. */
  public static Problem tooManyPasswords(Duration retryAfter) {
    return tooManyAttempts("Too many wrong passwords", retryAfter);
  }

  public static Problem tooManySignUps(Duration retryAfter) {
    return tooManyAttempts("Too many sign-ups from your address", retryAfter);
  }

  private static Problem tooManyAttempts(String what, Duration retryAfter) {
    long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
    String detail = what + "; retry after " + seconds + " s.";
    return of(429, "too_many_attempts", "Too many attempts", detail)
        .header("Retry-After", Long.toString(seconds));
  }

  /** An overload or an outage; the client should retry after a second. */
  public static Problem unavailable(String detail) {
    return of(503, "unavailable", "Service unavailable", detail).header("Retry-After", "1");
  }

  /** The problem that a client sees for {@code failure}; a bug is logged here, once, and hidden. */
  public static Problem of(Throwable failure, String requestId) {
    return switch (failure) {
      case Refused refused -> refused.problem();
      case Outage outage -> of(outage, requestId);
      default -> bug(failure, requestId);
    };
  }

  private static Problem of(Outage outage, String requestId) {
    LOG.atDebug().addKeyValue("request", requestId).setCause(outage).log("outage");
    Problem problem =
        switch (outage.kind()) {
          case UNAVAILABLE -> unavailable("Temporarily unavailable; retry later.");
          case OUTCOME_UNKNOWN ->
              of(
                  503,
                  "outcome_unknown",
                  "Outcome unknown",
                  "The request may have been carried out. Repeat it with the same idempotency key;"
                      + " it will be carried out once.");
        };
    return problem.header("Retry-After", Long.toString(outage.retryAfter().toSeconds()));
  }

  private static Problem bug(Throwable failure, String requestId) {
    LOG.atError().addKeyValue("request", requestId).setCause(failure).log("bug");
    return of(500, "bug", "Internal error", "Report the request id " + requestId + ".");
  }

  @Override
  public Buffer body() {
    return JsonBytes.object(
        json -> {
          json.writeStringField("type", type);
          json.writeStringField("title", title);
          json.writeNumberField("status", status);
          json.writeStringField("detail", detail);
          String retryAfter = headers.get("Retry-After");
          if (retryAfter != null) {
            // sockets have no headers
            json.writeNumberField("retry_after", Long.parseLong(retryAfter));
          }
          for (Map.Entry<String, String> member : members.entrySet()) {
            json.writeStringField(member.getKey(), member.getValue());
          }
          if (!nearest.isEmpty()) {
            json.writeArrayFieldStart("nearest");
            for (String path : nearest) {
              json.writeString(path);
            }
            json.writeEndArray();
          }
          if (!errors.isEmpty()) {
            json.writeArrayFieldStart("errors");
            for (InputError error : errors) {
              json.writeStartObject();
              json.writeStringField("field", error.field());
              json.writeStringField("message", error.message());
              json.writeEndObject();
            }
            json.writeEndArray();
          }
        });
  }
}
