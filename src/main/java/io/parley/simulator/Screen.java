package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The recent messages that contacts received and wrote, and those that were refused on the way to
 * them, for the page. Bounded.
 */
final class Screen {
  private static final int MAX_MESSAGES = 2_000;
  private static final int MAX_BODY = 20_000;
  private static final int PAGE = 200;

  /**
   * A message on a contact's screen.
   *
   * @param written whether the contact wrote it
   * @param refusal why the contact did not receive it, if so
   */
  private record ScreenMessage(
      long number,
      boolean written,
      Optional<String> refusal,
      SimulatedMessage message,
      boolean cut,
      Instant at) {}

  private final Deque<ScreenMessage> messages = new ArrayDeque<>();
  private long last;

  void written(SimulatedMessage message) {
    add(message, true, Optional.empty());
  }

  void received(SimulatedMessage message) {
    add(message, false, Optional.empty());
  }

  /** A message that a provider did not take. One without a recipient is on nobody's screen. */
  void refused(SimulatedMessage message, String reason) {
    if (!message.to().isBlank()) {
      add(message, false, Optional.of(reason));
    }
  }

  private void add(SimulatedMessage message, boolean written, Optional<String> refusal) {
    boolean cut = message.body().length() > MAX_BODY;
    messages.add(
        new ScreenMessage(
            ++last, written, refusal, cut ? cut(message) : message, cut, Instant.now()));
    if (messages.size() > MAX_MESSAGES) {
      messages.remove();
    }
  }

  private static SimulatedMessage cut(SimulatedMessage message) {
    boolean half = Character.isHighSurrogate(message.body().charAt(MAX_BODY - 1));
    return new SimulatedMessage(
        message.from(),
        message.to(),
        message.type(),
        message.subject(),
        message.body().substring(0, half ? MAX_BODY - 1 : MAX_BODY),
        message.attachments(),
        message.reference());
  }

  /** The fields {@code messages}, {@code last} and {@code more}. */
  void write(JsonGenerator json, long since) throws IOException {
    List<ScreenMessage> page =
        messages.stream().filter(each -> each.number() > since).limit(PAGE).toList();
    json.writeArrayFieldStart("messages");
    for (ScreenMessage each : page) {
      write(json, each);
    }
    json.writeEndArray();
    long upTo = page.isEmpty() ? Math.min(since, last) : page.getLast().number();
    json.writeNumberField("last", upTo);
    json.writeBooleanField("more", upTo < last);
  }

  private static void write(JsonGenerator json, ScreenMessage shown) throws IOException {
    SimulatedMessage message = shown.message();
    json.writeStartObject();
    json.writeNumberField("number", shown.number());
    json.writeBooleanField("written", shown.written());
    json.writeStringField("refusal", shown.refusal().orElse(null));
    json.writeStringField("contact", shown.written() ? message.from() : message.to());
    json.writeStringField("via", shown.written() ? message.to() : message.from());
    json.writeStringField("type", message.type());
    json.writeStringField("subject", message.subject().orElse(""));
    json.writeStringField("body", message.body());
    json.writeBooleanField("cut", shown.cut());
    json.writeArrayFieldStart("attachments");
    for (String url : message.attachments()) {
      json.writeString(url);
    }
    json.writeEndArray();
    json.writeStringField("at", Times.text(shown.at()));
    json.writeEndObject();
  }
}
