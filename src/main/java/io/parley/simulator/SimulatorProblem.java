package io.parley.simulator;

import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;

/**
 * A problem (RFC 9457) with a list of the calls that exist. Repeats its type and detail as {@code
 * code} and {@code message}, where providers put them.
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
          "POST /contacts {address} (checks it)",
          "GET, POST /callbacks {mode: in-order|shuffled|duplicated|off, seed?}",
          "GET / (a page for people)");

  /** Carries a problem out of deep code; without a stack trace, since it is no bug. */
  static final class Rejection extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient SimulatorProblem problem;

    Rejection(SimulatorProblem problem) {
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
    return of(400, "malformed", "Malformed request", detail);
  }

  static SimulatorProblem invalid(List<FieldError> wrong) {
    FieldError first = wrong.getFirst();
    return new SimulatorProblem(
        400, "invalid", "Invalid request", first.field() + " " + first.message(), wrong, "");
  }

  static SimulatorProblem notFound(String detail) {
    return of(404, "not_found", "Not found", detail);
  }

  static SimulatorProblem methodNotAllowed(String allowed) {
    return new SimulatorProblem(
        405,
        "method_not_allowed",
        "Method not allowed",
        "Allowed methods: " + allowed + ".",
        List.of(),
        allowed);
  }

  static SimulatorProblem forbidden(String detail) {
    return of(403, "forbidden", "Forbidden", detail);
  }

  static SimulatorProblem tooLarge(int bound) {
    return of(413, "too_large", "Payload too large", "The body is limited to " + bound + " bytes.");
  }

  ProviderReply reply() {
    Map<String, String> headers = allowed.isEmpty() ? Map.of() : Map.of("Allow", allowed);
    return new ProviderReply.Answer(status, MEDIA_TYPE, headers, body());
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
