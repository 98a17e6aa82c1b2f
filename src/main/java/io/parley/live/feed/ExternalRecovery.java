package io.parley.live.feed;

import io.parley.conversation.ConversationVerbs.ActiveExternal;
import io.parley.conversation.ConversationVerbs.ActiveExternals;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * Compares the external conversations, which agents receive without being members, with the store
 * after events may have been lost. Feeds that are behind fetch what they missed; conversations that
 * became active meanwhile, and of which nothing arrived here, get a feed.
 */
final class ExternalRecovery {
  static final int MAX_BATCH = 1_000;

  /** What the store knows about external conversations. */
  interface Store {
    /** The present revs of these conversations. */
    Future<Map<Long, Long>> revs(List<Long> conversations);

    /** The conversations with an item of the last {@code ageMs}, up to {@code limit}. */
    Future<ActiveExternals> active(long ageMs, int limit);
  }

  private final FeedRegistry registry;
  private final ExternalConversations external;
  private final Store store;
  private final RevOrder order;

  ExternalRecovery(
      FeedRegistry registry, ExternalConversations external, Store store, RevOrder order) {
    this.registry = registry;
    this.external = external;
    this.store = store;
    this.order = order;
  }

  /** {@code ageMs}: the time since the first event that may be missing. */
  Future<Void> compare(long ageMs) {
    if (registry.agents().isEmpty()) {
      return Future.succeededFuture();
    }
    return compareKnown(external.known(), 0)
        .compose(done -> store.active(ageMs, MAX_BATCH))
        .map(
            active -> {
              openMissing(active);
              return null;
            });
  }

  private Future<Void> compareKnown(List<Long> known, int from) {
    if (from >= known.size()) {
      return Future.succeededFuture();
    }
    int to = Math.min(known.size(), from + MAX_BATCH);
    return store
        .revs(known.subList(from, to))
        .compose(
            revs -> {
              revs.forEach(this::catchUp);
              return compareKnown(known, to);
            });
  }

  private void catchUp(long conversation, long rev) {
    ConversationFeed feed = registry.feed(conversation);
    if (feed != null) {
      order.catchUp(feed, rev);
    }
  }

  private void openMissing(ActiveExternals active) {
    if (active.more()) {
      // more than can be compared: the agents' clients do it, each for what it shows
      List.copyOf(registry.agents()).forEach(Subscriber::reconnect);
      return;
    }
    if (!registry.agents().isEmpty()) {
      active.conversations().forEach(this::openIfMissing);
    }
  }

  private void openIfMissing(ActiveExternal active) {
    if (!external.isKnown(active.conversation())) {
      external.add(active.conversation());
      ConversationFeed feed = registry.open(active.conversation(), active.before());
      feed.external = true;
      order.catchUp(feed, active.rev());
    }
  }
}
