package io.parley.channel;

import io.parley.bus.Endpoint;
import io.parley.identity.Party;
import io.parley.timeline.Attachment;
import io.parley.timeline.Channel;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.Appended;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Requests about messages between a sender address and an external participant. */
public final class ChannelVerbs {
  private ChannelVerbs() {}

  /** A message on its way in or out. */
  public record ChannelMessage(
      Channel channel,
      Address from,
      Address to,
      Optional<String> subject,
      Optional<String> body,
      Optional<String> html,
      List<Attachment> attachments,
      Optional<Instant> sentAt) {

    /** A copy with other attachments. */
    public ChannelMessage with(List<Attachment> others) {
      return new ChannelMessage(channel, from, to, subject, body, html, others, sentAt);
    }
  }

  /** Sends from a sender address; {@code clientId} makes it idempotent per caller. */
  public record SendMessage(ChannelMessage message, Party caller, Optional<String> clientId) {}

  public static final Endpoint<SendMessage, Result<Appended>> SEND_MESSAGE =
      Result.endpoint("channel.send-message", SendMessage.class);

  /** Finds the sender address of an external conversation. */
  public record FindSender(long conversation) {}

  /** The sender and the address of it that was last used. */
  public record Sender(Party party, String via) {}

  /** Empty for a conversation that is not external. */
  public record FoundSender(Optional<Sender> sender) {}

  public static final Endpoint<FindSender, FoundSender> FIND_SENDER =
      new Endpoint<>("channel.find-sender", FindSender.class, FoundSender.class);

  /** Finds whether somebody is reached through a channel in a conversation of {@code caller}. */
  public record FindOutside(long conversation, long caller) {}

  /** Also false for a conversation that the caller cannot see. */
  public record FoundOutside(boolean outside) {}

  public static final Endpoint<FindOutside, FoundOutside> FIND_OUTSIDE =
      new Endpoint<>("channel.find-outside", FindOutside.class, FoundOutside.class);

  /** Stores an inbound message once; {@code id} is the provider's. */
  public record ReceiveMessage(ChannelMessage message, String id) {}

  /** Where it was stored; {@code duplicate} if it had been stored before. */
  public record Received(long conversation, long seq, boolean duplicate) {}

  public static final Endpoint<ReceiveMessage, Result<Received>> RECEIVE_MESSAGE =
      Result.endpoint("channel.receive-message", ReceiveMessage.class);
}
