package io.parley.api.problem;

import io.parley.flow.Outage;
import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.util.List;
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
    return of(400, "malformed", "The request cannot be read", detail);
  }

  public static Problem invalid(List<InputError> faults) {
    InputError first = faults.getFirst();
    String detail =
        (first.field().isEmpty() ? "The request" : first.field()) + " " + first.message();
    return new Problem(
        400, "invalid", "The request is not valid", detail, faults, Map.of(), Map.of());
  }

  public static Problem invalid(String field, String message) {
    return invalid(List.of(new InputError(field, message)));
  }

  public static Problem unauthorized(String detail) {
    return of(401, "unauthorized", "Who are you?", detail).header("WWW-Authenticate", "Bearer");
  }

  public static Problem forbidden(String detail) {
    return of(403, "forbidden", "You may not do this", detail);
  }

  /** For what is not there and for what is not the caller's to know, in the same words. */
  public static Problem notFound() {
    return of(404, "not_found", "Not found", "There is nothing here, or it is not yours to see.");
  }

  public static Problem conflict(String type, String detail) {
    return of(409, type, "This is in conflict with what is there", detail);
  }

  public static Problem keyReused() {
    return conflict("idempotency_key_reused", "This key was used for another request.");
  }

  public static Problem rule(String type, String detail) {
    return of(422, type, "A rule stands against this", detail);
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
          case UNAVAILABLE ->
              of(503, "unavailable", "Not now", "Something we need is not there. Ask again soon.");
          case OUTCOME_UNKNOWN ->
              of(
                  503,
                  "outcome_unknown",
                  "Nobody knows whether it was done",
                  "Ask again with the same key: it is done once, however often you ask.");
        };
    return problem.header("Retry-After", Long.toString(outage.retryAfter().toSeconds()));
  }

  private static Problem bug(Throwable failure, String requestId) {
    LOG.atError().addKeyValue("request", requestId).setCause(failure).log("bug");
    return of(500, "bug", "Our mistake", "Tell us the request id " + requestId + ".");
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
