package io.parley.live.feed;

import io.parley.api.auth.Caller;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.ActiveExternals;
import io.parley.conversation.ConversationVerbs.Audience;
import io.parley.conversation.ConversationVerbs.External;
import io.parley.conversation.ConversationVerbs.FindActiveExternal;
import io.parley.conversation.ConversationVerbs.FindAllChanges;
import io.parley.conversation.ConversationVerbs.FindAudience;
import io.parley.conversation.ConversationVerbs.FindExternal;
import io.parley.conversation.ConversationVerbs.FindExternalRevs;
import io.parley.conversation.ConversationVerbs.FindJoins;
import io.parley.conversation.ConversationVerbs.MarkDelivered;
import io.parley.conversation.ConversationVerbs.PartyConversations;
import io.parley.conversation.ConversationVerbs.Revs;
import io.parley.live.loop.Loop;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the events of conversations to the sockets of one event loop. There is one subscriber
 * per account, shared by its sockets, and one feed per conversation that anybody here receives.
 *
 * <p>A socket receives events once the conversations of its account have been loaded, and not
 * before: what they are depends on the events that arrive during the query.
 */
public final class Subscriptions {
  private static final int MAX_WHILE_LOADING = 1_000;

  private final FeedRegistry registry = new FeedRegistry();
  private final DeliveredMarks marks;
  private final FeedDelivery delivery;
  private final RevOrder order;
  private final ExternalConversations external;
  private final SubscriberLoader loader;
  private final LossRecovery recovery;
  private final ExternalRecovery externalRecovery;

  /** Events without a feed: they may belong to a subscriber that is being loaded. */
  private final ArrayDeque<TimelineChanged> whileLoading = new ArrayDeque<>();

  public Subscriptions(Loop loop, Bus bus) {
    this.marks =
        new DeliveredMarks(
            loop, batch -> bus.request(ConversationVerbs.MARK_DELIVERED, new MarkDelivered(batch)));
    this.delivery = new FeedDelivery(registry, marks);
    this.order =
        new RevOrder(
            loop,
            (id, rev, limit) ->
                bus.request(ConversationVerbs.FIND_ALL_CHANGES, new FindAllChanges(id, rev, limit)),
            delivery);
    this.external =
        new ExternalConversations(
            loop,
            ids ->
                bus.request(ConversationVerbs.FIND_EXTERNAL, new FindExternal(ids))
                    .map(External::conversations),
            new ExternalFeeds());
    this.loader =
        new SubscriberLoader(
            loop,
            accounts ->
                bus.request(ConversationVerbs.FIND_AUDIENCE, new FindAudience(accounts))
                    .map(Audience::parties),
            new LoadedSubscribers());
    this.recovery =
        new LossRecovery(
            loop,
            registry,
            loader,
            order,
            (party, conversations) ->
                bus.request(ConversationVerbs.FIND_JOINS, new FindJoins(party, conversations))
                    .map(Revs::revs));
    this.externalRecovery = new ExternalRecovery(registry, external, new ExternalStore(bus), order);
  }

  /** {@code listener} receives the events of {@code caller} once the future succeeds. */
  public Future<Subscriber> subscribe(FeedListener listener, Caller caller) {
    Subscriber subscriber = registry.subscriber(caller.party().id());
    if (subscriber == null || !subscriber.isFor(caller)) {
      subscriber = new Subscriber(caller);
      registry.add(subscriber);
      loader.load(subscriber);
    }
    subscriber.add(listener);
    return subscriber.loaded();
  }

  public void unsubscribe(FeedListener listener, Subscriber subscriber) {
    subscriber.remove(listener);
    if (!subscriber.hasListeners()) {
      marks.left(subscriber, listener);
      remove(subscriber);
    }
  }

  private void remove(Subscriber subscriber) {
    registry.remove(subscriber);
    if (registry.agents().isEmpty()) {
      external.clear();
    }
  }

  /** A conversation changed, somewhere in the cluster. */
  public void accept(TimelineChanged change) {
    change.joined().forEach(account -> membershipChanged(account, change, true));
    change.left().forEach(account -> membershipChanged(account, change, false));
    ConversationFeed feed = registry.feed(change.conversation());
    if (feed != null) {
      order.accept(feed, change);
    } else if (change.joined().stream().anyMatch(id -> registry.readySubscriber(id) != null)) {
      order.acceptFirst(registry.open(change.conversation(), 0), change);
    } else {
      acceptWithoutFeed(change);
    }
  }

  private void membershipChanged(long account, TimelineChanged change, boolean joined) {
    Subscriber subscriber = registry.subscriber(account);
    if (subscriber != null) {
      subscriber.membershipChanged(change.conversation(), change.rev(), joined);
    }
  }

  private void acceptWithoutFeed(TimelineChanged change) {
    if (loader.isLoading()) {
      if (whileLoading.size() >= MAX_WHILE_LOADING) {
        whileLoading.poll();
      }
      whileLoading.add(change);
    }
    if (!registry.agents().isEmpty()) {
      external.accept(change);
    }
  }

  /** Delivers an event without a rev to all who receive {@code conversation}, one account aside. */
  public void publishEphemeral(long conversation, long exceptAccount, byte[] event) {
    ConversationFeed feed = registry.feed(conversation);
    if (feed != null) {
      delivery.deliverEphemeral(feed, exceptAccount, event);
    } else if (!registry.agents().isEmpty()) {
      external.ifExternal(
          conversation, () -> delivery.deliverEphemeralToAgents(exceptAccount, event));
    }
  }

  /** Whether {@code account} is known here to be a member; false may mean that it is not known. */
  public boolean isMember(long account, long conversation) {
    return registry.isMember(account, conversation);
  }

  /** The rev of the last event delivered here; 0 if nobody here receives the conversation. */
  public long rev(long conversation) {
    ConversationFeed feed = registry.feed(conversation);
    return feed == null ? 0 : feed.rev;
  }

  /** A socket of {@code account} received {@code conversation} up to {@code rev} by resuming. */
  public void caughtUp(long account, long conversation, long rev) {
    marks.caughtUp(account, conversation, rev);
  }

  /** How many conversations somebody here receives. */
  public int conversations() {
    return registry.feedCount();
  }

  /** How many events have been read from the store because they did not arrive. */
  public long repaired() {
    return order.repaired();
  }

  /** Writes the delivered marks. */
  public Future<Void> saveMarks() {
    return marks.save();
  }

  /**
   * Events may have been lost: compares what is known here with the store.
   *
   * @param ageMs the time since the first event that may be missing
   */
  public Future<Void> recoverLosses(long ageMs) {
    return recovery.compareAll().compose(done -> externalRecovery.compare(ageMs));
  }

  private record ExternalStore(Bus bus) implements ExternalRecovery.Store {
    @Override
    public Future<Map<Long, Long>> revs(List<Long> conversations) {
      return bus.request(ConversationVerbs.FIND_EXTERNAL_REVS, new FindExternalRevs(conversations))
          .map(Revs::revs);
    }

    @Override
    public Future<ActiveExternals> active(long ageMs, int limit) {
      return bus.request(
          ConversationVerbs.FIND_ACTIVE_EXTERNAL, new FindActiveExternal(ageMs, limit));
    }
  }

  private final class LoadedSubscribers implements SubscriberLoader.Output {
    @Override
    public void loaded(Subscriber subscriber, @Nullable PartyConversations found) {
      Map<Long, Long> revs = subscriber.withChanges(revs(found));
      subscriber.becomeReady();
      marks.joined(subscriber);
      subscriber.feeds.ensureCapacity(revs.size());
      // a feed that is open already may have delivered more than was read, or less
      revs.replaceAll((id, rev) -> Math.max(rev, join(subscriber, registry.open(id, rev))));
      if (subscriber.isAgent()) {
        registry.addAgent(subscriber);
      }
      subscriber.completeLoading(revs);
      if (!subscriber.hasListeners()) {
        remove(subscriber);
      }
    }

    private static Map<Long, Long> revs(@Nullable PartyConversations found) {
      Map<Long, Long> revs = new HashMap<>();
      for (int i = 0; found != null && i < found.conversations().size(); i++) {
        revs.put(found.conversations().get(i), found.revs().get(i));
      }
      return revs;
    }

    /** Returns the rev behind which {@code subscriber} receives every event. */
    private long join(Subscriber subscriber, ConversationFeed feed) {
      registry.join(subscriber, feed);
      return feed.rev;
    }

    @Override
    public void failed(Subscriber subscriber, Throwable failure) {
      if (registry.has(subscriber)) {
        registry.remove(subscriber);
      }
      subscriber.failLoading(failure);
    }

    @Override
    public void batchDone() {
      for (TimelineChanged change : whileLoading) {
        ConversationFeed feed = registry.feed(change.conversation());
        if (feed != null) {
          order.accept(feed, change);
        }
      }
      if (!loader.isLoading()) {
        whileLoading.clear();
      }
    }
  }

  private final class ExternalFeeds implements ExternalConversations.Output {
    @Override
    public void openExternal(long conversation, List<TimelineChanged> events) {
      boolean isNew = registry.feed(conversation) == null;
      ConversationFeed feed = registry.open(conversation, 0);
      feed.external = true;
      if (isNew) {
        order.acceptFirst(feed, events.removeFirst());
      }
      events.forEach(change -> order.accept(feed, change));
    }

    @Override
    public void closeExternal(long conversation) {
      ConversationFeed feed = registry.feed(conversation);
      if (feed != null) {
        feed.external = false;
        registry.closeIfUnused(feed);
      }
    }
  }
}
