package io.parley.channel;

import io.parley.timeline.Attachment;
import io.parley.timeline.Channel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One delivery as it is sent to a provider.
 *
 * @param redrive how often it was redriven; each redrive is a new message with a new key
 */
public record OutgoingMessage(
    long delivery,
    int redrive,
    Channel channel,
    String from,
    String to,
    Optional<String> subject,
    String body,
    List<Attachment> attachments,
    Instant sentAt) {

  /** A copy with other attachments. */
  public OutgoingMessage with(List<Attachment> others) {
    return new OutgoingMessage(delivery, redrive, channel, from, to, subject, body, others, sentAt);
  }

  /** The idempotency key: the same for every attempt of one message. */
  public String key() {
    return delivery + "-" + redrive;
  }
}
