package io.parley.live.feed;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.live.frame.CloseCode;
import io.parley.live.frame.SharedFrame;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An account that receives events on this event loop, shared by all its sockets here. It becomes
 * ready once its conversations have been loaded; until then it records who joins and leaves, so
 * that the loaded list can be brought up to date.
 */
public final class Subscriber implements ConversationFeed.Member {
  private record MembershipChange(long conversation, long rev, boolean joined) {}

  private final long account;
  private final boolean agent;
  private final Promise<Subscriber> loaded = Promise.promise();
  private final List<FeedListener> listeners = new ArrayList<>(1);
  private List<FeedListener> waiting = new ArrayList<>(1);
  private List<MembershipChange> whileLoading = new ArrayList<>(0);
  private Map<Long, Long> loadedRevs = Map.of();
  private boolean ready;
  final ArrayList<ConversationFeed> feeds = new ArrayList<>(0);

  /** When it became ready, as {@link DeliveredMarks} counts deliveries. */
  long joinedAt;

  Subscriber(Caller caller) {
    this(caller.party().id(), isAgent(caller));
  }

  Subscriber(long account, boolean agent) {
    this.account = account;
    this.agent = agent;
  }

  /** Whether {@code caller} receives the conversations with external participants. */
  static boolean isAgent(Caller caller) {
    return caller.stopped(Access.AGENT).isEmpty();
  }

  /** Whether the two receive the same events. */
  public static boolean isSame(Caller one, Caller other) {
    return one.party().id() == other.party().id() && isAgent(one) == isAgent(other);
  }

  @Override
  public long account() {
    return account;
  }

  boolean isAgent() {
    return agent;
  }

  boolean isReady() {
    return ready;
  }

  public boolean isFor(Caller caller) {
    return account == caller.party().id() && agent == isAgent(caller);
  }

  /**
   * The revs of its conversations, while those who waited for them are being notified; empty before
   * and after that.
   */
  public Map<Long, Long> loadedRevs() {
    return loadedRevs;
  }

  Future<Subscriber> loaded() {
    return loaded.future();
  }

  void add(FeedListener listener) {
    (ready ? listeners : waiting).add(listener);
  }

  void remove(FeedListener listener) {
    listeners.remove(listener);
  }

  boolean hasListeners() {
    return !listeners.isEmpty();
  }

  void membershipChanged(long conversation, long rev, boolean joined) {
    if (!ready) {
      whileLoading.add(new MembershipChange(conversation, rev, joined));
    }
  }

  /** Brings the loaded {@code revs} up to date with what changed while they were loaded. */
  Map<Long, Long> withChanges(Map<Long, Long> revs) {
    Map<Long, Long> present = new HashMap<>(revs);
    for (MembershipChange change : whileLoading) {
      if (change.rev() <= present.getOrDefault(change.conversation(), 0L)) {
        continue;
      }
      if (change.joined()) {
        present.put(change.conversation(), change.rev());
      } else {
        present.remove(change.conversation());
      }
    }
    return present;
  }

  /** All waiting listeners are added before the first is notified: none may find it empty. */
  void becomeReady() {
    whileLoading = List.of();
    waiting.stream().filter(each -> !each.isClosed()).forEach(listeners::add);
    waiting = List.of();
    ready = true;
  }

  void completeLoading(Map<Long, Long> revs) {
    loadedRevs = revs;
    loaded.complete(this);
    loadedRevs = Map.of();
  }

  void failLoading(Throwable failure) {
    loaded.fail(failure);
  }

  // backwards: a listener that is too slow disconnects and removes itself meanwhile
  @Override
  public void event(long conversation, long rev, SharedFrame frame) {
    for (int i = listeners.size() - 1; i >= 0; i--) {
      listeners.get(i).event(conversation, rev, frame);
    }
  }

  @Override
  public void ephemeral(SharedFrame frame) {
    List.copyOf(listeners).forEach(listener -> listener.ephemeral(frame));
  }

  @Override
  public boolean hasReceivedLast(ConversationFeed feed) {
    return wasThereAt(feed) && listeners.stream().anyMatch(each -> each.isUpToDate(feed.id));
  }

  /** The same, of {@code listener}, its last one. */
  boolean hasReceivedLast(ConversationFeed feed, FeedListener listener) {
    return wasThereAt(feed) && listener.isUpToDate(feed.id);
  }

  private boolean wasThereAt(ConversationFeed feed) {
    return feed.deliveredAt > joinedAt;
  }

  @Override
  public void reconnect() {
    List.copyOf(listeners)
        .forEach(each -> each.disconnect(CloseCode.RECONNECT, "reconnect and resume"));
  }
}
