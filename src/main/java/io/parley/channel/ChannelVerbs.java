package io.parley.channel;

import io.parley.bus.Endpoint;
import io.parley.identity.Party;
import io.parley.timeline.Attachment;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.Appended;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What goes between a side of ours and somebody outside. */
public final class ChannelVerbs {
  private ChannelVerbs() {}

  /** What is said, on its way in or out. */
  public record Message(
      Channel channel,
      Address from,
      Address to,
      Optional<String> subject,
      Optional<String> body,
      Optional<String> html,
      List<Attachment> attachments,
      Optional<Instant> sentAt) {}

  /** Sends from a side of ours; what the caller calls it, over all calls, makes it repeatable. */
  public record SendOut(Message message, long caller, Optional<String> clientId) {}

  public static final Endpoint<SendOut, Result<Appended>> SEND_OUT =
      Result.endpoint("channel.send-out", SendOut.class);

  /** Asks from where a conversation with somebody outside is held. */
  public record FindSide(long conversation) {}

  /** Our side of it, and the address last used. */
  public record Ours(Party party, String via) {}

  /** Of other conversations there is none. */
  public record Side(Optional<Ours> ours) {}

  public static final Endpoint<FindSide, Side> FIND_SIDE =
      new Endpoint<>("channel.find-side", FindSide.class, Side.class);

  /** Takes in what a provider of that channel calls {@code id}, once. */
  public record TakeIn(Message message, String id) {}

  /** Where it is; {@code duplicate} if it was there before. */
  public record Taken(long conversation, long seq, boolean duplicate) {}

  public static final Endpoint<TakeIn, Result<Taken>> TAKE_IN =
      Result.endpoint("channel.take-in", TakeIn.class);
}
