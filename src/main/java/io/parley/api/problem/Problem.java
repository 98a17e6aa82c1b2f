package io.parley.api.problem;

import io.parley.flow.Outage;
import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stood in the way, in the words of RFC 9457. The only place that turns a refusal, an outage
 * or a bug into something a client sees.
 */
public record Problem(
    int status,
    String type,
    String title,
    String detail,
    List<InputError> errors,
    Map<String, String> headers,
    Map<String, String> more)
    implements Answer {
  public static final String MEDIA_TYPE = "application/problem+json";
  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);

  /** For code too deep to return one; carries no stack, for it is no bug. */
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
    return new Problem(status, type, title, detail, List.of(), Map.of(), Map.of());
  }

  /** The same problem with a header of its own. */
  public Problem header(String name, String value) {
    return new Problem(status, type, title, detail, errors, Map.of(name, value), more);
  }

  /** The same problem with a member of its own. */
  public Problem with(String member, String value) {
    return new Problem(status, type, title, detail, errors, headers, Map.of(member, value));
  }

  public static Problem malformed(String detail) {
    return of(400, "malformed", "Malformed request", sentence(detail));
  }

  private static String sentence(String reason) {
    String end = reason.endsWith(".") ? "" : ".";
    return reason.substring(0, 1).toUpperCase(Locale.ROOT) + reason.substring(1) + end;
  }

  public static Problem invalid(List<InputError> faults) {
    InputError first = faults.getFirst();
    String detail =
        (first.field().isEmpty() ? "The request" : first.field()) + " " + first.message() + ".";
    return new Problem(400, "invalid", "Invalid request", detail, faults, Map.of(), Map.of());
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

  /** For what is not there and for what is not the caller's to know, in the same words. */
  public static Problem notFound() {
    return of(404, "not_found", "Not found", "Not found, or not visible to you.");
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

  /** Too much to do, or something missing, for about a second. */
  public static Problem unavailable(String detail) {
    return of(503, "unavailable", "Service unavailable", detail).header("Retry-After", "1");
  }

  /** What {@code failure} means for the caller; a bug is logged here, once, and stays ours. */
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
          for (Map.Entry<String, String> member : more.entrySet()) {
            json.writeStringField(member.getKey(), member.getValue());
          }
          if (!errors.isEmpty()) {
            json.writeArrayFieldStart("errors");
            for (InputError fault : errors) {
              json.writeStartObject();
              json.writeStringField("field", fault.field());
              json.writeStringField("message", fault.message());
              json.writeEndObject();
            }
            json.writeEndArray();
          }
        });
  }
}
