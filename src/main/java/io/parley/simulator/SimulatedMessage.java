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
 * A message as it was handed in.
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
  private static final int MOST_SMS = 10_000;
  private static final int MOST_MAIL = 1 << 20;
  private static final int MOST_SUBJECT = 998;
  private static final int MOST_ATTACHMENTS = 20;
  private static final Pattern PHONE = Pattern.compile("\\+[1-9][0-9]{2,17}|[0-9]{3,8}");
  private static final String PHONE_IN_WORDS =
      "must be a number such as +15551234567, or a short code";
  private static final Pattern MAILBOX =
      Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[^\\s@\\p{Cntrl}]{1,255}");
  private static final String MAILBOX_IN_WORDS = "must be a mailbox such as ann@example.org";
  // the gateway may be handed names as well as addresses on the web
  private static final Pattern ATTACHMENT = Pattern.compile("\\S{1,2048}");
  private static final String ATTACHMENT_IN_WORDS = "must be a list of addresses on the web";
  private static final int MOST_ADDRESS = 700;

  /** What the gateway sends by SMS. */
  static SimulatedMessage sms(FieldReader fields) {
    return sent(fields, phone(fields));
  }

  /** What the gateway sends by email. */
  static SimulatedMessage email(FieldReader fields) {
    return sent(fields, mail(fields));
  }

  private static SimulatedMessage sent(FieldReader fields, SimulatedMessage message) {
    fields
        .optionalText("timestamp", 1, 64)
        .filter(text -> !isTime(text))
        .ifPresent(
            text -> fields.wrong("timestamp", "must be a time such as 2026-01-01T12:00:00Z"));
    SimulatedMessage whole =
        new SimulatedMessage(
            message.from(),
            message.to(),
            message.type(),
            message.subject(),
            message.body(),
            message.attachments(),
            fields.optionalText("reference", 1, 200));
    fields.check();
    return whole;
  }

  /** What a contact writes, from and to whatever they call it: the gateway judges it. */
  static SimulatedMessage written(FieldReader fields) {
    String channel =
        fields.matching("channel", Pattern.compile("sms|mms|email"), "must be sms, mms or email");
    boolean mail = channel.equals(EMAIL);
    SimulatedMessage message =
        new SimulatedMessage(
            fields.text("from", 1, MOST_ADDRESS),
            fields.text("to", 1, MOST_ADDRESS),
            channel,
            mail ? fields.optionalText("subject", 0, MOST_SUBJECT) : Optional.empty(),
            fields.optionalText("body", 0, mail ? MOST_MAIL : MOST_SMS).orElse(""),
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
            fields.matching("from", PHONE, PHONE_IN_WORDS),
            fields.matching("to", PHONE, PHONE_IN_WORDS),
            type,
            Optional.empty(),
            fields.text("body", 0, MOST_SMS),
            attachments,
            Optional.empty());
    if (message.body().isBlank() && attachments.isEmpty()) {
      fields.wrong("body", "must not be empty when nothing is attached");
    }
    return message;
  }

  private static SimulatedMessage mail(FieldReader fields) {
    return new SimulatedMessage(
        fields.matching("from", MAILBOX, MAILBOX_IN_WORDS),
        fields.matching("to", MAILBOX, MAILBOX_IN_WORDS),
        EMAIL,
        fields.optionalText("subject", 0, MOST_SUBJECT),
        fields.text("body", 0, MOST_MAIL),
        attachments(fields),
        Optional.empty());
  }

  private static List<String> attachments(FieldReader fields) {
    return fields.texts("attachments", MOST_ATTACHMENTS, ATTACHMENT, ATTACHMENT_IN_WORDS);
  }

  private static boolean isTime(String text) {
    try {
      return OffsetDateTime.parse(text).getYear() > 0;
    } catch (DateTimeException notATime) {
      return false;
    }
  }

  /** What can be told of a request that was not taken. */
  static SimulatedMessage unread(Buffer body) {
    Map<?, ?> fields = Map.of();
    try {
      if (StrictJson.parse(body) instanceof Map<?, ?> map) {
        fields = map;
      }
    } catch (MalformedText notJson) {
      // then there is nothing to tell
    }
    return new SimulatedMessage(
        told(fields.get("from")),
        told(fields.get("to")),
        told(fields.get("type")),
        Optional.empty(),
        told(fields.get("body")),
        List.of(),
        Optional.of(told(fields.get("reference"))).filter(text -> !text.isEmpty()));
  }

  private static String told(@Nullable Object value) {
    String text = value instanceof String string ? string : "";
    return text.length() > MOST_MAIL ? text.substring(0, MOST_MAIL) : text;
  }

  int size() {
    int attached = attachments.stream().mapToInt(String::length).sum();
    return from.length() + to.length() + body.length() + attached + subject.orElse("").length();
  }
}
