package io.parley.simulator;

import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;

/**
 * What a caller did wrong, in the words of RFC 9457, and what would be right. Says the same as
 * {@code code} and {@code message} too, where providers put it.
 */
record Problem(
    int status, String type, String title, String detail, List<Wrong> errors, String allowed) {
  private static final String MEDIA_TYPE = "application/problem+json";
  private static final List<String> HELP =
      List.of(
          "POST /sms {from,to,type,body,attachments?,timestamp?,reference?}",
          "POST /email {from,to,subject?,body,attachments?,timestamp?,reference?}",
          "GET /ledger?provider=&to=&limit=&cursor=",
          "GET, PUT, DELETE /faults/{provider} {script,repeat?} or {rates,seed?,delay_ms?,retry_after?}",
          "POST /inbound {channel,from,to,subject?,body,attachments?}",
          "GET, POST /callbacks {mode: in-order|shuffled|duplicated|off, seed?}",
          "GET / for people");

  /** For code too deep to return one; carries no stack, for it is no bug. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Problem problem;

    Refused(Problem problem) {
      super(problem.detail(), null, false, false);
      this.problem = problem;
    }

    Problem problem() {
      return problem;
    }
  }

  static Problem of(int status, String type, String title, String detail) {
    return new Problem(status, type, title, detail, List.of(), "");
  }

  static Problem malformed(String detail) {
    return of(400, "malformed", "The request cannot be read", detail);
  }

  static Problem invalid(List<Wrong> wrong) {
    Wrong first = wrong.getFirst();
    return new Problem(
        400,
        "invalid",
        "The request is not valid",
        first.field() + " " + first.message(),
        wrong,
        "");
  }

  static Problem notFound(String detail) {
    return of(404, "not_found", "Not found", detail);
  }

  static Problem wrongMethod(String allowed) {
    return new Problem(
        405,
        "method_not_allowed",
        "Not like this",
        "This path takes " + allowed + ".",
        List.of(),
        allowed);
  }

  static Problem forbidden(String detail) {
    return of(403, "forbidden", "You may not do this", detail);
  }

  static Problem tooLarge(int bound) {
    return of(413, "too_large", "Too much", "The body may have at most " + bound + " bytes.");
  }

  Reply reply() {
    Map<String, String> headers = allowed.isEmpty() ? Map.of() : Map.of("Allow", allowed);
    return new Reply.Told(status, MEDIA_TYPE, headers, body());
  }

  private Buffer body() {
    return JsonBytes.object(
        json -> {
          json.writeStringField("type", type);
          json.writeStringField("title", title);
          json.writeNumberField("status", status);
          json.writeStringField("detail", detail);
          json.writeStringField("code", type);
          json.writeStringField("message", detail);
          if (!errors.isEmpty()) {
            json.writeArrayFieldStart("errors");
            for (Wrong each : errors) {
              json.writeStartObject();
              json.writeStringField("field", each.field());
              json.writeStringField("message", each.message());
              json.writeEndObject();
            }
            json.writeEndArray();
          }
          json.writeArrayFieldStart("help");
          for (String line : HELP) {
            json.writeString(line);
          }
          json.writeEndArray();
        });
  }
}
