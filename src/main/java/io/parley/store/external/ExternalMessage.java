package io.parley.store.external;

import io.parley.channel.Address;
import io.parley.channel.ChannelVerbs.ChannelMessage;
import io.parley.channel.ChannelVerbs.ReceiveMessage;
import io.parley.channel.ChannelVerbs.SendMessage;
import io.parley.identity.Fingerprint;
import io.parley.identity.Party;
import io.parley.identity.RequestKind;
import io.parley.store.timeline.StoredContent;
import io.parley.timeline.Channel;
import io.parley.timeline.Content;
import io.parley.timeline.Draft;
import io.parley.timeline.Envelope;
import io.parley.timeline.TimelineVerbs.AppendItem;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A message from or to an external participant, with what identifies it, so that it is stored once:
 * the caller's key of an outbound message, the provider's id of an inbound one.
 *
 * @param sentBy the caller who sends an outbound message; empty for an inbound one
 */
record ExternalMessage(
    ChannelMessage message, Optional<Party> sentBy, Optional<CallerKey> key, Optional<String> id) {

  /** A key that belongs to its caller over all conversations. */
  record CallerKey(long caller, String text) {}

  static ExternalMessage outbound(SendMessage request) {
    Optional<CallerKey> key =
        request.clientId().map(text -> new CallerKey(request.caller().id(), text));
    return new ExternalMessage(
        request.message(), Optional.of(request.caller()), key, Optional.empty());
  }

  static ExternalMessage inbound(ReceiveMessage request) {
    return new ExternalMessage(
        request.message(), Optional.empty(), Optional.empty(), Optional.of(request.id()));
  }

  boolean inbound() {
    return sentBy.isEmpty();
  }

  /** The kind of provider that the id of an inbound message is from. */
  String source() {
    return message.channel().route().text();
  }

  Address contact() {
    return inbound() ? message.from() : message.to();
  }

  Address sender() {
    return inbound() ? message.to() : message.from();
  }

  AppendItem item(long conversation, Party author, long contact) {
    return new AppendItem(
        conversation,
        author,
        sentBy,
        itemKey(),
        key.map(CallerKey::text),
        draft(contact, message.html(), request()));
  }

  private Draft draft(long contact, Optional<String> html, Optional<Envelope.Request> request) {
    Channel channel = message.channel();
    Envelope envelope =
        inbound()
            ? new Envelope.Inbound(channel, contact, sender().text(), source(), id.orElseThrow())
            : new Envelope.Outbound(
                channel, contact, sender().text(), message.to().text(), request);
    return Draft.of(
        new Content.External(
            new Content.Message(message.body(), message.attachments()),
            message.subject(),
            html,
            message.sentAt()),
        envelope);
  }

  private UUID itemKey() {
    return id.map(text -> Fingerprint.of("inbound\u0000" + source() + "\u0000" + text))
        .or(
            () ->
                key.map(
                    named ->
                        Fingerprint.of("send\u0000" + named.caller() + "\u0000" + named.text())))
        .orElseGet(UUID::randomUUID);
  }

  /** The request as it was accepted, if it has a key; it does not depend on the contact's id. */
  Optional<Envelope.Request> request() {
    RequestKind kind = message.channel() == Channel.EMAIL ? RequestKind.EMAIL : RequestKind.SMS;
    return key.map(
        named ->
            new Envelope.Request(
                named.caller(),
                named.text(),
                kind,
                StoredContent.fingerprint(draft(0, Optional.empty(), Optional.empty()))));
  }

  /** One field of all messages, as a parameter for SQL. */
  static String[] column(
      List<ExternalMessage> messages, Function<ExternalMessage, @Nullable String> field) {
    String[] column = new String[messages.size()];
    for (int i = 0; i < column.length; i++) {
      column[i] = field.apply(messages.get(i));
    }
    return column;
  }
}
