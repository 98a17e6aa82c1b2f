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

/** Requests about conversations and their members. */
public final class ConversationVerbs {
  private ConversationVerbs() {}

  /** A reference to a user as clients write it: an id or a username. */
  public record UserRef(String text) {
    public Ref ref() {
      return Ref.of(text);
    }
  }

  /** Finds another user, and the direct conversation of the two if it exists. */
  public record FindDirect(Party caller, UserRef other) {}

  public record Direct(Party other, Optional<Long> conversation) {}

  public static final Endpoint<FindDirect, Result<Direct>> FIND_DIRECT =
      Result.endpoint("conversation.find-direct", FindDirect.class);

  /** Opens the direct conversation with a party, without an item. */
  public record OpenDirect(Party caller, Party other, Optional<RequestKey> key) {}

  /**
   * The opened conversation as the caller sees it; {@code replayed} if an earlier request under the
   * key opened it.
   */
  public record Opened(Preview preview, boolean created, boolean replayed) {
    public long conversation() {
      return preview.conversation().id();
    }
  }

  public static final Endpoint<OpenDirect, Result<Opened>> OPEN_DIRECT =
      Result.endpoint("conversation.open-direct", OpenDirect.class);

  /** Appends an item to the direct conversation with a party, and opens it if necessary. */
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

  /** Updates a group atomically; adding a member or removing a non-member is a no-op. */
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

  /**
   * The result of an update.
   *
   * @param changes how many changes it took
   * @param preview the group as the caller sees it; empty if the caller has left it
   * @param added the users named in {@code add}, as members
   */
  public record Updated(int changes, Optional<Preview> preview, List<Member> added) {}

  public static final Endpoint<UpdateGroup, Result<Updated>> UPDATE_GROUP =
      Result.endpoint("conversation.update-group", UpdateGroup.class);

  /** Finds a page of previews, most recently active first, after a position. */
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

  /** Finds a page of members, longest-standing first, or {@code only} one of them. */
  public record FindMembers(
      long conversation,
      long caller,
      Optional<Position> after,
      Optional<UserRef> only,
      int limit) {}

  public record Members(List<Member> members, boolean more) {}

  public static final Endpoint<FindMembers, Result<Members>> FIND_MEMBERS =
      Result.endpoint("conversation.find-members", FindMembers.class);

  /** Finds what changed since a rev, in its present state; no events if there are too many. */
  public record FindChanges(long conversation, long caller, long since, int most) {}

  /** All changes up to {@code rev}; {@code more} if the conversation has later ones. */
  public record Changes(List<TimelineChanged> events, long rev, boolean tooMany, boolean more) {}

  public static final Endpoint<FindChanges, Result<Changes>> FIND_CHANGES =
      Result.endpoint("conversation.find-changes", FindChanges.class);

  /** The rev up to which a client has received a conversation. */
  public record Place(long conversation, long since) {}

  /**
   * Finds the changes of several conversations in the given order, until the reply has about {@code
   * bytes}. Conversations that the caller may not see are left out.
   */
  public record FindMissed(long caller, List<Place> places, int most, int bytes) {}

  public record Missed(Map<Long, Changes> changes) {}

  public static final Endpoint<FindMissed, Missed> FIND_MISSED =
      new Endpoint<>("conversation.find-missed", FindMissed.class, Missed.class);

  /** Finds changes for the gateway itself, without a check of membership. */
  public record FindAllChanges(long conversation, long since, int most) {}

  public static final Endpoint<FindAllChanges, Result<Changes>> FIND_ALL_CHANGES =
      Result.endpoint("conversation.find-all-changes", FindAllChanges.class);

  /** Finds the conversations that each of these parties sees, with their revs. */
  public record FindAudience(List<Long> parties) {}

  /** The conversations of one party, and their revs at the same indexes. */
  public record PartyConversations(long party, List<Long> conversations, List<Long> revs) {}

  public record Audience(List<PartyConversations> parties) {}

  public static final Endpoint<FindAudience, Audience> FIND_AUDIENCE =
      new Endpoint<>("conversation.find-audience", FindAudience.class, Audience.class);

  /** Finds which of these conversations are external. */
  public record FindExternal(List<Long> conversations) {}

  public record External(Set<Long> conversations) {}

  public static final Endpoint<FindExternal, External> FIND_EXTERNAL =
      new Endpoint<>("conversation.find-external", FindExternal.class, External.class);

  /** The rev up to which everything was delivered to a party. */
  public record DeliveredMark(long conversation, long party, long rev) {}

  /** Stores delivered marks; they only move forward, and are no change of the conversation. */
  public record MarkDelivered(List<DeliveredMark> marks) {}

  /** The conversations whose rows were locked; mark them again. */
  public record Busy(Set<Long> conversations) {}

  public static final Endpoint<MarkDelivered, Busy> MARK_DELIVERED =
      new Endpoint<>("conversation.mark-delivered", MarkDelivered.class, Busy.class);

  /** Finds how far these external conversations are, for the gateway itself. */
  public record FindExternalRevs(List<Long> conversations) {}

  public static final Endpoint<FindExternalRevs, Revs> FIND_EXTERNAL_REVS =
      new Endpoint<>("conversation.find-external-revs", FindExternalRevs.class, Revs.class);

  /** Finds the revs before {@code party} joined these conversations; 0 if it opened them. */
  public record FindJoins(long party, List<Long> conversations) {}

  public static final Endpoint<FindJoins, Revs> FIND_JOINS =
      new Endpoint<>("conversation.find-joins", FindJoins.class, Revs.class);

  /** Finds the external conversations with an item of the last {@code ageMs}. */
  public record FindActiveExternal(long ageMs, int limit) {}

  /** An external conversation that has reached {@code rev}; {@code before} was its rev then. */
  public record ActiveExternal(long conversation, long before, long rev) {}

  /** {@code more} if there are more of them than the limit. */
  public record ActiveExternals(List<ActiveExternal> conversations, boolean more) {}

  public static final Endpoint<FindActiveExternal, ActiveExternals> FIND_ACTIVE_EXTERNAL =
      new Endpoint<>(
          "conversation.find-active-external", FindActiveExternal.class, ActiveExternals.class);

  /** Finds the revs of those of these conversations that the caller may see. */
  public record FindRevs(long caller, List<Long> conversations) {}

  public record Revs(Map<Long, Long> revs) {}

  public static final Endpoint<FindRevs, Revs> FIND_REVS =
      new Endpoint<>("conversation.find-revs", FindRevs.class, Revs.class);
}
