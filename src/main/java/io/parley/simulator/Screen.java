package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What contacts saw and wrote lately, for the page. */
final class Screen {
  private static final int MOST = 2_000;
  private static final int MOST_BODY = 20_000;
  private static final int PAGE = 200;

  /**
   * A message on a contact's screen.
   *
   * @param written whether the contact wrote it, else got it
   */
  private record Sight(
      long number, boolean written, SimulatedMessage message, boolean cut, Instant at) {}

  private final Deque<Sight> sights = new ArrayDeque<>();
  private long last;

  void add(SimulatedMessage message, boolean written) {
    boolean cut = message.body().length() > MOST_BODY;
    sights.add(new Sight(++last, written, cut ? cut(message) : message, cut, Instant.now()));
    if (sights.size() > MOST) {
      sights.remove();
    }
  }

  private static SimulatedMessage cut(SimulatedMessage message) {
    boolean half = Character.isHighSurrogate(message.body().charAt(MOST_BODY - 1));
    return new SimulatedMessage(
        message.from(),
        message.to(),
        message.type(),
        message.subject(),
        message.body().substring(0, half ? MOST_BODY - 1 : MOST_BODY),
        message.attachments(),
        message.reference());
  }

  /** The fields {@code messages}, {@code last} and {@code more}. */
  void write(JsonGenerator json, long since) throws IOException {
    List<Sight> some = sights.stream().filter(sight -> sight.number() > since).limit(PAGE).toList();
    json.writeArrayFieldStart("messages");
    for (Sight sight : some) {
      write(json, sight);
    }
    json.writeEndArray();
    long told = some.isEmpty() ? Math.min(since, last) : some.getLast().number();
    json.writeNumberField("last", told);
    json.writeBooleanField("more", told < last);
  }

  private static void write(JsonGenerator json, Sight sight) throws IOException {
    SimulatedMessage message = sight.message();
    json.writeStartObject();
    json.writeNumberField("number", sight.number());
    json.writeBooleanField("written", sight.written());
    json.writeStringField("contact", sight.written() ? message.from() : message.to());
    json.writeStringField("via", sight.written() ? message.to() : message.from());
    json.writeStringField("type", message.type());
    json.writeStringField("subject", message.subject().orElse(""));
    json.writeStringField("body", message.body());
    json.writeBooleanField("cut", sight.cut());
    json.writeArrayFieldStart("attachments");
    for (String url : message.attachments()) {
      json.writeString(url);
    }
    json.writeEndArray();
    json.writeStringField("at", Times.text(sight.at()));
    json.writeEndObject();
  }
}
