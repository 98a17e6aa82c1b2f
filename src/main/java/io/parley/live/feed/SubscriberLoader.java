package io.parley.live.feed;

import io.parley.conversation.ConversationVerbs.PartyConversations;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads the conversations of new subscribers, many subscribers per query and a few queries at a
 * time: after a restart everybody reconnects at once.
 */
final class SubscriberLoader {
  static final int MAX_BATCH = 200;
  static final int MAX_QUERIES = 4;

  /** What was loaded. */
  interface Output {
    /** {@code found} is null for an account without conversations. */
    void loaded(Subscriber subscriber, @Nullable PartyConversations found);

    void failed(Subscriber subscriber, Throwable failure);

    /** All of one query have been reported. */
    void batchDone();
  }

  /** Reads in which conversations accounts are, and how far those are. */
  @FunctionalInterface
  interface Source {
    Future<List<PartyConversations>> of(List<Long> accounts);
  }

  private final Loop loop;
  private final Source source;
  private final Output output;
  private final ArrayDeque<Subscriber> queue = new ArrayDeque<>();
  private int queries;

  SubscriberLoader(Loop loop, Source source, Output output) {
    this.loop = loop;
    this.source = source;
    this.output = output;
  }

  boolean isLoading() {
    return queries > 0;
  }

  void load(Subscriber subscriber) {
    queue.add(subscriber);
    loadNext();
  }

  private void loadNext() {
    while (queries < MAX_QUERIES && !queue.isEmpty()) {
      List<Subscriber> batch = new ArrayList<>();
      while (batch.size() < MAX_BATCH && !queue.isEmpty()) {
        batch.add(queue.poll());
      }
      queries++;
      loop.whenDone(
          read(batch),
          (found, failure) -> {
            queries--;
            if (failure == null) {
              batch.forEach(each -> output.loaded(each, found.get(each.account())));
            } else {
              batch.forEach(each -> output.failed(each, failure));
            }
            output.batchDone();
            loadNext();
          });
    }
  }

  /** The conversations of {@code subscribers}, by account. */
  Future<Map<Long, PartyConversations>> read(List<Subscriber> subscribers) {
    return source
        .of(subscribers.stream().map(Subscriber::account).toList())
        .map(
            found -> {
              Map<Long, PartyConversations> byAccount = new HashMap<>();
              found.forEach(each -> byAccount.put(each.party(), each));
              return byAccount;
            });
  }
}
