package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.parley.json.Times;
import io.parley.json.Utf8;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Instant;

/** Messages that contacts write, sent to the gateway as a provider would send them. */
final class InboundMessages {
  private final GatewayClient gateway;
  private final String run;
  private final Screen screen;
  private long last;

  /**
   * Creates the sender.
   *
   * @param run part of every id, so that another run of the simulator never repeats one
   */
  InboundMessages(GatewayClient gateway, String run, Screen screen) {
    this.gateway = gateway;
    this.run = run;
    this.screen = screen;
  }

  Future<ProviderReply> send(SimulatedMessage message) {
    String id = "sim-in-" + run + "-" + ++last;
    boolean email = message.type().equals(SimulatedMessage.EMAIL);
    return gateway
        .post(email ? "/api/webhooks/email" : "/api/webhooks/sms", body(message, email, id))
        .map(
            answer -> {
              if (answer.status() / 100 == 2) {
                screen.written(message);
              }
              return describe(id, answer);
            })
        .otherwise(
            failure ->
                SimulatorProblem.of(
                        502,
                        "no_gateway",
                        "Bad gateway",
                        "The gateway did not answer; it may have stored "
                            + id
                            + ": "
                            + failure.getMessage())
                    .reply());
  }

  private static Buffer body(SimulatedMessage message, boolean email, String id) {
    return JsonBytes.object(
        json -> {
          json.writeStringField("from", message.from());
          json.writeStringField("to", message.to());
          if (!email) {
            json.writeStringField("type", message.type());
          } else if (message.subject().isPresent()) {
            json.writeStringField("subject", message.subject().get());
          }
          json.writeStringField(email ? "xillio_id" : "messaging_provider_id", id);
          json.writeStringField("body", message.body());
          json.writeArrayFieldStart("attachments");
          for (String url : message.attachments()) {
            json.writeString(url);
          }
          json.writeEndArray();
          json.writeStringField("timestamp", Times.text(Instant.now()));
        });
  }

  private static ProviderReply describe(String id, GatewayClient.GatewayAnswer answer) {
    return ProviderReply.json(
        200,
        json -> {
          json.writeStringField("id", id);
          json.writeNumberField("status", answer.status());
          json.writeFieldName("answer");
          writeBody(json, answer.body());
        });
  }

  // shown unchanged: as JSON if it is JSON, else as text
  private static void writeBody(JsonGenerator json, Buffer body) throws IOException {
    try {
      StrictJson.parse(body);
      json.writeRawValue(Utf8.decode(body.getBytes()));
    } catch (MalformedText notJson) {
      json.writeString(body.toString());
    }
  }
}
