package io.parley.conversation;

import io.parley.bus.Endpoint;
import io.parley.identity.Party;
import io.parley.identity.Ref;
import io.parley.identity.RequestKey;
import io.parley.timeline.Channel;
import io.parley.timeline.Draft;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs.Appended;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What can be asked about conversations and who is in them. */
public final class ConversationVerbs {
  private ConversationVerbs() {}

  /** A user as clients name one: an id, or a username. */
  public record UserRef(String text) {
    public Ref ref() {
      return Ref.of(text);
    }
  }

  /** Who {@code other} is to {@code caller}, and their conversation if there is one. */
  public record FindDirect(Party caller, UserRef other) {}

  public record Direct(Party other, Optional<Long> conversation) {}

  public static final Endpoint<FindDirect, Result<Direct>> FIND_DIRECT =
      Result.endpoint("conversation.find-direct", FindDirect.class);

  /** Opens the direct conversation with a party, without saying anything. */
  public record OpenDirect(Party caller, Party other, Optional<RequestKey> key) {}

  /** {@code replayed}: an earlier request under the same key opened it. */
  public record Opened(long conversation, boolean created, boolean replayed) {}

  public static final Endpoint<OpenDirect, Result<Opened>> OPEN_DIRECT =
      Result.endpoint("conversation.open-direct", OpenDirect.class);

  /** Writes to a party, opening the conversation with the first item if need be. */
  public record WriteTo(Party caller, Party other, Optional<String> clientId, Draft draft) {}

  public static final Endpoint<WriteTo, Result<Appended>> WRITE_TO =
      Result.endpoint("conversation.write-to", WriteTo.class);

  public record CreateGroup(
      Party caller,
      String name,
      List<UserRef> members,
      List<ExternalMember> outside,
      Optional<String> key) {
    public CreateGroup(Party caller, String name, List<UserRef> members, Optional<String> key) {
      this(caller, name, members, List.of(), key);
    }
  }

  /** An external participant, reached by a channel from the sender address {@code via}. */
  public record ExternalMember(Party.Unnamed party, Channel channel, String via) {}

  public static final Endpoint<CreateGroup, Result<Opened>> CREATE_GROUP =
      Result.endpoint("conversation.create-group", CreateGroup.class);

  /** Everything or nothing; a member who is there already, or not there, is no change. */
  public record UpdateGroup(
      long conversation,
      Party caller,
      Optional<String> name,
      List<UserRef> add,
      List<ExternalMember> outside,
      List<UserRef> remove) {
    public UpdateGroup(
        long conversation,
        Party caller,
        Optional<String> name,
        List<UserRef> add,
        List<UserRef> remove) {
      this(conversation, caller, name, add, List.of(), remove);
    }
  }

  /** How many things changed. */
  public record Updated(int changes) {}

  public static final Endpoint<UpdateGroup, Result<Updated>> UPDATE_GROUP =
      Result.endpoint("conversation.update-group", UpdateGroup.class);

  /** A page of previews, newest first, after a position. */
  public record FindPreviews(
      long caller,
      Optional<ConversationKind> kind,
      Optional<String> search,
      Optional<Position> after,
      List<Long> except,
      int limit) {}

  public record Position(Instant activeAt, long id) {}

  public record Previews(List<Preview> previews, boolean more) {}

  public static final Endpoint<FindPreviews, Previews> FIND_PREVIEWS =
      new Endpoint<>("conversation.find-previews", FindPreviews.class, Previews.class);

  public record FindPreview(long conversation, long caller) {}

  public static final Endpoint<FindPreview, Result<Preview>> FIND_PREVIEW =
      Result.endpoint("conversation.find-preview", FindPreview.class);

  /** A page of members, longest-standing first; {@code only} looks for one. */
  public record FindMembers(
      long conversation,
      long caller,
      Optional<Position> after,
      Optional<UserRef> only,
      int limit) {}

  public record Members(List<Member> members, boolean more) {}

  public static final Endpoint<FindMembers, Result<Members>> FIND_MEMBERS =
      Result.endpoint("conversation.find-members", FindMembers.class);

  /** What changed since a rev, as it is now, each thing once; nothing when that is too much. */
  public record FindChanges(long conversation, long caller, long since, int most) {}

  /** All up to {@code rev}; {@code more} if the conversation has gone on from there. */
  public record Changes(List<TimelineChanged> events, long rev, boolean tooMany, boolean more) {}

  public static final Endpoint<FindChanges, Result<Changes>> FIND_CHANGES =
      Result.endpoint("conversation.find-changes", FindChanges.class);

  /** How far a client has come in a conversation. */
  public record Place(long conversation, long since) {}

  /**
   * The same for many conversations, in their order, until this is about {@code bytes}; ask for as
   * many as may fit. Those the caller does not see are left out.
   */
  public record FindMissed(long caller, List<Place> places, int most, int bytes) {}

  public record Missed(Map<Long, Changes> changes) {}

  public static final Endpoint<FindMissed, Missed> FIND_MISSED =
      new Endpoint<>("conversation.find-missed", FindMissed.class, Missed.class);

  /** The same for the gateway itself, which is in no conversation and hears of all. */
  public record FindNews(long conversation, long since, int most) {}

  public static final Endpoint<FindNews, Result<Changes>> FIND_NEWS =
      Result.endpoint("conversation.find-news", FindNews.class);

  /** Which conversations each of these parties sees, and how far each conversation is. */
  public record FindAudience(List<Long> parties) {}

  /** The conversations of one party and, at the same places, their revs. */
  public record Standing(long party, List<Long> conversations, List<Long> revs) {}

  public record Audience(List<Standing> standings) {}

  public static final Endpoint<FindAudience, Audience> FIND_AUDIENCE =
      new Endpoint<>("conversation.find-audience", FindAudience.class, Audience.class);

  /** Those of these conversations that agents hold with people outside. */
  public record FindExternal(List<Long> conversations) {}

  public record External(Set<Long> conversations) {}

  public static final Endpoint<FindExternal, External> FIND_EXTERNAL =
      new Endpoint<>("conversation.find-external", FindExternal.class, External.class);

  /** A party was told of everything up to a rev. */
  public record Reached(long conversation, long party, long rev) {}

  /** Notes that; it is no change of the conversation, and moves forward only. */
  public record MarkReached(List<Reached> reached) {}

  /** Where somebody was just writing the same row: to be marked again. */
  public record Busy(Set<Long> conversations) {}

  public static final Endpoint<MarkReached, Busy> MARK_REACHED =
      new Endpoint<>("conversation.mark-reached", MarkReached.class, Busy.class);

  /** How far those of these conversations are that the caller sees. */
  public record FindRevs(long caller, List<Long> conversations) {}

  public record Revs(Map<Long, Long> revs) {}

  public static final Endpoint<FindRevs, Revs> FIND_REVS =
      new Endpoint<>("conversation.find-revs", FindRevs.class, Revs.class);
}
