package io.parley.live.feed;

import io.parley.conversation.ConversationVerbs.PartyConversations;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares the subscriptions with the store after events may have been lost. Feeds that are behind
 * fetch what they missed; subscribers whose memberships still differ after a moment have to
 * reconnect. At first they may differ because an event is still on its way.
 */
final class LossRecovery {
  static final long SECOND_LOOK_MS = 500;

  private final Loop loop;
  private final FeedRegistry registry;
  private final SubscriberLoader loader;
  private final RevOrder order;

  LossRecovery(Loop loop, FeedRegistry registry, SubscriberLoader loader, RevOrder order) {
    this.loop = loop;
    this.registry = registry;
    this.loader = loader;
    this.order = order;
  }

  Future<Void> compareAll() {
    List<Subscriber> all = registry.subscribers();
    // a subscriber that is loading may have been read before the loss: compare it afterwards
    List<Future<Subscriber>> loading =
        all.stream().filter(each -> !each.isReady()).map(Subscriber::loaded).toList();
    return Future.join(loading)
        .otherwiseEmpty()
        .compose(done -> compare(all))
        .compose(different -> different.isEmpty() ? Future.succeededFuture() : again(different));
  }

  private Future<Void> again(List<Subscriber> different) {
    Promise<Void> later = Promise.promise();
    loop.after(SECOND_LOOK_MS, later::complete);
    return later
        .future()
        .compose(now -> compare(different))
        .map(
            still -> {
              still.forEach(Subscriber::reconnect);
              return null;
            });
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
