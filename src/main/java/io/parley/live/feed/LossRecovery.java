package io.parley.live.feed;

import io.parley.conversation.ConversationVerbs.PartyConversations;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares the subscriptions with the store after events may have been lost. Feeds that are behind
 * fetch what they missed. Memberships may differ at first because an event is still on its way;
 * those that still differ after a moment are repaired, also from the history of the conversation,
 * so that the sockets stay open. Only what cannot be repaired so has to reconnect.
 */
final class LossRecovery {
  static final long SECOND_LOOK_MS = 500;

  /** The revs before a party joined these conversations. */
  @FunctionalInterface
  interface Joins {
    Future<Map<Long, Long>> revsBefore(long party, List<Long> conversations);
  }

  private final Loop loop;
  private final FeedRegistry registry;
  private final SubscriberLoader loader;
  private final RevOrder order;
  private final Joins joins;

  LossRecovery(
      Loop loop, FeedRegistry registry, SubscriberLoader loader, RevOrder order, Joins joins) {
    this.loop = loop;
    this.registry = registry;
    this.loader = loader;
    this.order = order;
    this.joins = joins;
  }

  Future<Void> compareAll() {
    List<Subscriber> all = registry.subscribers();
    // a subscriber that is loading may have been read before the loss: compare it afterwards
    List<Future<Subscriber>> loading =
        all.stream().filter(each -> !each.isReady()).map(Subscriber::loaded).toList();
    return Future.join(loading)
        .otherwiseEmpty()
        .compose(done -> compare(all))
        .compose(
            different -> different.isEmpty() ? Future.succeededFuture() : lookAgain(different));
  }

  private Future<Void> lookAgain(List<Subscriber> different) {
    return moment()
        .compose(later -> compare(different))
        .compose(still -> still.isEmpty() ? Future.succeededFuture() : repair(still));
  }

  private Future<Void> repair(List<Subscriber> different) {
    return loader
        .read(different)
        .compose(
            stored ->
                Future.join(
                    different.stream()
                        .map(each -> repair(each, stored.get(each.account())))
                        .toList()))
        .compose(done -> moment())
        .compose(later -> compare(different))
        .map(
            still -> {
              still.forEach(Subscriber::reconnect);
              return null;
            });
  }

  private Future<Void> moment() {
    Promise<Void> later = Promise.promise();
    loop.after(SECOND_LOOK_MS, later::complete);
    return later.future();
  }

  private Future<Void> repair(Subscriber subscriber, @Nullable PartyConversations stored) {
    Map<Long, Long> revs = new HashMap<>();
    for (int i = 0; stored != null && i < stored.conversations().size(); i++) {
      revs.put(stored.conversations().get(i), stored.revs().get(i));
    }
    for (ConversationFeed feed : List.copyOf(subscriber.feeds)) {
      if (revs.remove(feed.id) == null) {
        // its history tells who left: there is at least one event more
        order.catchUp(feed, feed.rev + 1);
      }
    }
    return revs.isEmpty() ? Future.succeededFuture() : join(subscriber, revs);
  }

  private Future<Void> join(Subscriber subscriber, Map<Long, Long> revs) {
    return joins
        .revsBefore(subscriber.account(), List.copyOf(revs.keySet()))
        .map(
            before -> {
              if (subscriber.isReady() && registry.has(subscriber)) {
                before.forEach(
                    (conversation, rev) ->
                        join(subscriber, conversation, rev, revs.getOrDefault(conversation, rev)));
              }
              return null;
            });
  }

  /** What the feed has passed already, this subscriber alone has missed: it has to reconnect. */
  private void join(Subscriber subscriber, long conversation, long before, long rev) {
    ConversationFeed feed = registry.open(conversation, before);
    if (feed.rev <= before && !feed.members.contains(subscriber)) {
      registry.join(subscriber, feed);
      order.catchUp(feed, rev);
    }
  }

  /** Returns those whose memberships differ. */
  private Future<List<Subscriber>> compare(List<Subscriber> all) {
    return compareFrom(all, 0, new ArrayList<>());
  }

  private Future<List<Subscriber>> compareFrom(
      List<Subscriber> all, int from, List<Subscriber> different) {
    if (from >= all.size()) {
      return Future.succeededFuture(different);
    }
    List<Subscriber> batch =
        all.subList(from, Math.min(all.size(), from + SubscriberLoader.MAX_BATCH));
    return loader
        .read(batch)
        .compose(
            stored -> {
              different.addAll(different(batch, stored));
              return compareFrom(all, from + batch.size(), different);
            });
  }

  private List<Subscriber> different(List<Subscriber> batch, Map<Long, PartyConversations> stored) {
    return batch.stream()
        .filter(each -> each.isReady() && registry.has(each))
        .filter(each -> !isSame(each, stored.get(each.account())))
        .toList();
  }

  /** Whether it is known who is where; feeds that are behind catch up. */
  private boolean isSame(Subscriber subscriber, @Nullable PartyConversations stored) {
    List<Long> conversations = stored == null ? List.of() : stored.conversations();
    boolean same = subscriber.feeds.size() == conversations.size();
    for (int i = 0; stored != null && i < conversations.size(); i++) {
      ConversationFeed feed = registry.feed(conversations.get(i));
      if (feed == null || !feed.members.contains(subscriber)) {
        same = false;
      } else {
        order.catchUp(feed, stored.revs().get(i));
      }
    }
    return same;
  }
}
