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

/** A contact writes: told to the gateway as a provider would. */
final class InboundMessages {
  private final GatewayClient line;
  private final String run;
  private final Screen sights;
  private long last;

  /**
   * A contact's hand.
   *
   * @param run in every id, so that a later simulator does not use them again
   */
  InboundMessages(GatewayClient line, String run, Screen sights) {
    this.line = line;
    this.run = run;
    this.sights = sights;
  }

  Future<ProviderReply> write(SimulatedMessage message) {
    String id = "sim-in-" + run + "-" + ++last;
    boolean email = message.type().equals(SimulatedMessage.EMAIL);
    return line.post(email ? "/api/webhooks/email" : "/api/webhooks/sms", body(message, email, id))
        .map(
            said -> {
              if (said.status() / 100 == 2) {
                sights.add(message, true);
              }
              return told(id, said);
            })
        .otherwise(
            failure ->
                SimulatorProblem.of(
                        502,
                        "no_gateway",
                        "The gateway did not answer",
                        "Nobody knows whether it took " + id + ": " + failure.getMessage())
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

  private static ProviderReply told(String id, GatewayClient.Said said) {
    return ProviderReply.json(
        200,
        json -> {
          json.writeStringField("id", id);
          json.writeNumberField("status", said.status());
          json.writeFieldName("answer");
          answer(json, said.body());
        });
  }

  // what the gateway said is shown as it is: JSON if it is JSON, else text
  private static void answer(JsonGenerator json, Buffer body) throws IOException {
    try {
      StrictJson.parse(body);
      json.writeRawValue(Utf8.decode(body.getBytes()));
    } catch (MalformedText notJson) {
      json.writeString(body.toString());
    }
  }
}
