package io.parley.simulator;

import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;

/**
 * What a caller did wrong, in the words of RFC 9457, and what would be right. Says the same as
 * {@code code} and {@code message} too, where providers put it.
 */
record SimulatorProblem(
    int status, String type, String title, String detail, List<FieldError> errors, String allowed) {
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
    private final transient SimulatorProblem problem;

    Refused(SimulatorProblem problem) {
      super(problem.detail(), null, false, false);
      this.problem = problem;
    }

    SimulatorProblem problem() {
      return problem;
    }
  }

  static SimulatorProblem of(int status, String type, String title, String detail) {
    return new SimulatorProblem(status, type, title, detail, List.of(), "");
  }

  static SimulatorProblem malformed(String detail) {
    return of(400, "malformed", "The request cannot be read", detail);
  }

  static SimulatorProblem invalid(List<FieldError> wrong) {
    FieldError first = wrong.getFirst();
    return new SimulatorProblem(
        400,
        "invalid",
        "The request is not valid",
        first.field() + " " + first.message(),
        wrong,
        "");
  }

  static SimulatorProblem notFound(String detail) {
    return of(404, "not_found", "Not found", detail);
  }

  static SimulatorProblem wrongMethod(String allowed) {
    return new SimulatorProblem(
        405,
        "method_not_allowed",
        "Not like this",
        "This path takes " + allowed + ".",
        List.of(),
        allowed);
  }

  static SimulatorProblem forbidden(String detail) {
    return of(403, "forbidden", "You may not do this", detail);
  }

  static SimulatorProblem tooLarge(int bound) {
    return of(413, "too_large", "Too much", "The body may have at most " + bound + " bytes.");
  }

  ProviderReply reply() {
    Map<String, String> headers = allowed.isEmpty() ? Map.of() : Map.of("Allow", allowed);
    return new ProviderReply.Told(status, MEDIA_TYPE, headers, body());
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
            for (FieldError each : errors) {
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
