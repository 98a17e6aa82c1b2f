package io.parley.simulator;

import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.buffer.Buffer;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A message as the simulator received it.
 *
 * @param type sms, mms or email
 */
record SimulatedMessage(
    String from,
    String to,
    String type,
    Optional<String> subject,
    String body,
    List<String> attachments,
    Optional<String> reference) {
  static final String EMAIL = "email";
  private static final int MAX_SMS = 10_000;
  private static final int MAX_MAIL = 1 << 20;
  private static final int MAX_SUBJECT = 998;
  private static final int MAX_ATTACHMENTS = 20;
  static final Pattern PHONE = Pattern.compile("\\+[1-9][0-9]{2,17}|[0-9]{3,8}");
  private static final String PHONE_RULE =
      "must be a phone number such as +15551234567 or a short code";
  static final Pattern MAILBOX =
      Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[^\\s@\\p{Cntrl}]{1,255}");
  private static final String MAILBOX_RULE = "must be a mailbox such as ann@example.org";
  // file names are accepted beside urls
  private static final Pattern ATTACHMENT = Pattern.compile("\\S{1,2048}");
  private static final String ATTACHMENT_RULE = "must be a list of urls";
  private static final int MAX_ADDRESS = 700;

  /** Reads an SMS or MMS that the gateway sends. */
  static SimulatedMessage sms(FieldReader fields) {
    return outbound(fields, phone(fields));
  }

  /** Reads an email that the gateway sends. */
  static SimulatedMessage email(FieldReader fields) {
    return outbound(fields, mail(fields));
  }

  private static SimulatedMessage outbound(FieldReader fields, SimulatedMessage message) {
    fields
        .optionalText("timestamp", 1, 64)
        .filter(text -> !isTime(text))
        .ifPresent(
            text -> fields.invalid("timestamp", "must be a time such as 2026-01-01T12:00:00Z"));
    SimulatedMessage complete =
        new SimulatedMessage(
            message.from(),
            message.to(),
            message.type(),
            message.subject(),
            message.body(),
            message.attachments(),
            fields.optionalText("reference", 1, 200));
    fields.check();
    return complete;
  }

  /** Reads a message that a contact writes; the gateway, not we, checks its addresses. */
  static SimulatedMessage inbound(FieldReader fields) {
    String channel =
        fields.matching("channel", Pattern.compile("sms|mms|email"), "must be sms, mms or email");
    boolean mail = channel.equals(EMAIL);
    SimulatedMessage message =
        new SimulatedMessage(
            fields.text("from", 1, MAX_ADDRESS),
            fields.text("to", 1, MAX_ADDRESS),
            channel,
            mail ? fields.optionalText("subject", 0, MAX_SUBJECT) : Optional.empty(),
            fields.optionalText("body", 0, mail ? MAX_MAIL : MAX_SMS).orElse(""),
            attachments(fields),
            Optional.empty());
    fields.check();
    return message;
  }

  private static SimulatedMessage phone(FieldReader fields) {
    String type = fields.matching("type", Pattern.compile("sms|mms"), "must be sms or mms");
    List<String> attachments = attachments(fields);
    SimulatedMessage message =
        new SimulatedMessage(
            fields.matching("from", PHONE, PHONE_RULE),
            fields.matching("to", PHONE, PHONE_RULE),
            type,
            Optional.empty(),
            fields.text("body", 0, MAX_SMS),
            attachments,
            Optional.empty());
    if (message.body().isBlank() && attachments.isEmpty()) {
      fields.invalid("body", "must not be empty without attachments");
    }
    return message;
  }

  private static SimulatedMessage mail(FieldReader fields) {
    return new SimulatedMessage(
        fields.matching("from", MAILBOX, MAILBOX_RULE),
        fields.matching("to", MAILBOX, MAILBOX_RULE),
        EMAIL,
        fields.optionalText("subject", 0, MAX_SUBJECT),
        fields.text("body", 0, MAX_MAIL),
        attachments(fields),
        Optional.empty());
  }

  private static List<String> attachments(FieldReader fields) {
    return fields.texts("attachments", MAX_ATTACHMENTS, ATTACHMENT, ATTACHMENT_RULE);
  }

  private static boolean isTime(String text) {
    try {
      return OffsetDateTime.parse(text).getYear() > 0;
    } catch (DateTimeException notATime) {
      return false;
    }
  }

  /** As much as can be read of a request that was not accepted. */
  static SimulatedMessage ofRefused(Buffer body) {
    Map<?, ?> fields = Map.of();
    try {
      if (StrictJson.parse(body) instanceof Map<?, ?> map) {
        fields = map;
      }
    } catch (MalformedText notJson) {
      // then nothing can be read
    }
    return new SimulatedMessage(
        textOf(fields.get("from")),
        textOf(fields.get("to")),
        textOf(fields.get("type")),
        Optional.of(textOf(fields.get("subject"))).filter(text -> !text.isEmpty()),
        textOf(fields.get("body")),
        List.of(),
        Optional.of(textOf(fields.get("reference"))).filter(text -> !text.isEmpty()));
  }

  private static String textOf(@Nullable Object value) {
    String text = value instanceof String string ? string : "";
    return text.length() > MAX_MAIL ? text.substring(0, MAX_MAIL) : text;
  }

  int size() {
    int attached = attachments.stream().mapToInt(String::length).sum();
    return from.length() + to.length() + body.length() + attached + subject.orElse("").length();
  }
}
