package io.parley.live.feed;

import io.parley.conversation.ConversationVerbs.Standing;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the subscriptions with the store after events may have been lost. Feeds that are behind
 * fetch what they missed; subscribers whose memberships differ have to reconnect.
 */
final class LossRecovery {
  private final FeedRegistry registry;
  private final SubscriberLoader loader;
  private final RevOrder order;

  LossRecovery(FeedRegistry registry, SubscriberLoader loader, RevOrder order) {
    this.registry = registry;
    this.loader = loader;
    this.order = order;
  }

  Future<Void> compareAll() {
    List<Subscriber> all = registry.subscribers();
    // a subscriber that is loading may have been read before the loss: compare it afterwards
    List<Future<Subscriber>> loading =
        all.stream().filter(each -> !each.isReady()).map(Subscriber::loaded).toList();
    return Future.join(loading).otherwiseEmpty().compose(done -> compareFrom(all, 0));
  }

  private Future<Void> compareFrom(List<Subscriber> all, int from) {
    if (from >= all.size()) {
      return Future.succeededFuture();
    }
    List<Subscriber> batch =
        all.subList(from, Math.min(all.size(), from + SubscriberLoader.MAX_BATCH));
    return loader
        .read(batch)
        .compose(
            standings -> {
              batch.forEach(each -> compare(each, standings.get(each.account())));
              return compareFrom(all, from + batch.size());
            });
  }

  private void compare(Subscriber subscriber, @Nullable Standing standing) {
    if (!subscriber.isReady() || !registry.has(subscriber)) {
      return;
    }
    List<Long> conversations = standing == null ? List.of() : standing.conversations();
    boolean same = subscriber.feeds.size() == conversations.size();
    for (int i = 0; standing != null && i < conversations.size(); i++) {
      ConversationFeed feed = registry.feed(conversations.get(i));
      if (feed == null || !feed.members.contains(subscriber)) {
        same = false;
      } else if (standing.revs().get(i) > feed.rev) {
        order.fillGap(feed);
      }
    }
    if (!same) {
      subscriber.reconnect();
    }
  }
}
