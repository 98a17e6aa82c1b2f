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
  public record Message(
      Channel channel,
      Address from,
      Address to,
      Optional<String> subject,
      Optional<String> body,
      Optional<String> html,
      List<Attachment> attachments,
      Optional<Instant> sentAt) {}

  /** Sends from a sender address; {@code clientId} makes it idempotent per caller. */
  public record SendOut(Message message, long caller, Optional<String> clientId) {}

  public static final Endpoint<SendOut, Result<Appended>> SEND_OUT =
      Result.endpoint("channel.send-out", SendOut.class);

  /** Finds the sender address of an external conversation. */
  public record FindSide(long conversation) {}

  /** The sender and the address of it that was last used. */
  public record Ours(Party party, String via) {}

  /** Empty for a conversation that is not external. */
  public record Side(Optional<Ours> ours) {}

  public static final Endpoint<FindSide, Side> FIND_SIDE =
      new Endpoint<>("channel.find-side", FindSide.class, Side.class);

  /** Stores an inbound message once; {@code id} is the provider's. */
  public record TakeIn(Message message, String id) {}

  /** Where it was stored; {@code duplicate} if it had been stored before. */
  public record Taken(long conversation, long seq, boolean duplicate) {}

  public static final Endpoint<TakeIn, Result<Taken>> TAKE_IN =
      Result.endpoint("channel.take-in", TakeIn.class);
}
