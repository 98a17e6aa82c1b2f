package io.parley.channel;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One delivery as a provider is asked to carry it.
 *
 * @param redrive how often somebody had it sent anew: another number is another message
 */
public record OutgoingMessage(
    long delivery,
    int redrive,
    Channel channel,
    String from,
    String to,
    Optional<String> subject,
    String body,
    List<String> attachments,
    Instant sentAt) {

  /** The same with these attachments. */
  public OutgoingMessage with(List<String> others) {
    return new OutgoingMessage(delivery, redrive, channel, from, to, subject, body, others, sentAt);
  }

  /** The same for every attempt, so that a provider which heeds it takes the message once. */
  public String key() {
    return delivery + "-" + redrive;
  }
}
