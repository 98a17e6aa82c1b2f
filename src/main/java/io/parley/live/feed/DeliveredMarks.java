package io.parley.live.feed;

import io.parley.conversation.ConversationVerbs.Busy;
import io.parley.conversation.ConversationVerbs.DeliveredMark;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Records, every few seconds, up to which rev each member has received a conversation. A delivery
 * costs no more than a flag on the feed; who was reached is worked out when the marks are written.
 * Marks of a subscriber that leaves before that are taken at once.
 */
final class DeliveredMarks {
  /** Small: an append to a conversation blocks behind the rows of its members. */
  static final int MAX_BATCH = 50;

  static final int MAX_UNWRITTEN = 20_000;

  /** Writes marks; returns the conversations that were locked, whose marks were not written. */
  @FunctionalInterface
  interface Writer {
    Future<Busy> write(List<DeliveredMark> batch);
  }

  private final Loop loop;
  private final Writer writer;
  private final ArrayDeque<ConversationFeed> unsaved = new ArrayDeque<>();

  /** Marks of subscribers that have left, and marks whose write failed. */
  private List<DeliveredMark> unwritten = new ArrayList<>();

  private Future<Void> saving = Future.succeededFuture();
  private long deliveries;

  DeliveredMarks(Loop loop, Writer writer) {
    this.loop = loop;
    this.writer = writer;
  }

  /** An event was delivered to the members of {@code feed}. */
  void delivered(ConversationFeed feed) {
    feed.deliveredAt = ++deliveries;
    if (!feed.unsaved) {
      feed.unsaved = true;
      unsaved.add(feed);
    }
  }

  /** {@code subscriber} receives what is delivered from here on. */
  void joined(Subscriber subscriber) {
    subscriber.joinedAt = deliveries;
  }

  /** {@code subscriber} receives nothing more; {@code last} was its last socket. */
  void left(Subscriber subscriber, FeedListener last) {
    for (ConversationFeed feed : subscriber.feeds) {
      if (feed.unsaved && subscriber.hasReceivedLast(feed, last)) {
        writeLater(new DeliveredMark(feed.id, subscriber.account(), feed.rev));
      }
    }
  }

  /** One socket of {@code account} received {@code conversation} up to {@code rev} by resuming. */
  void caughtUp(long account, long conversation, long rev) {
    writeLater(new DeliveredMark(conversation, account, rev));
  }

  private void writeLater(DeliveredMark mark) {
    if (unwritten.size() < MAX_UNWRITTEN) {
      unwritten.add(mark);
    }
  }

  /**
   * Writes what has been delivered so far. Joins a save that is in progress, which may have begun
   * earlier. Succeeds even if marks could not be written; they are written with the next save.
   */
  Future<Void> save() {
    if (saving.isComplete()) {
      List<DeliveredMark> marks = unwritten;
      unwritten = new ArrayList<>();
      saving = save(marks, unsaved.size());
    }
    return saving;
  }

  private Future<Void> save(List<DeliveredMark> marks, int feeds) {
    int feedsLeft = collect(marks, feeds);
    if (marks.isEmpty()) {
      return Future.succeededFuture();
    }
    List<DeliveredMark> batch = List.copyOf(marks.subList(0, Math.min(MAX_BATCH, marks.size())));
    List<DeliveredMark> rest = new ArrayList<>(marks.subList(batch.size(), marks.size()));
    return Future.future(
        saved ->
            loop.whenDone(
                writer.write(batch),
                (busy, failure) -> {
                  if (failure == null) {
                    batch.stream()
                        .filter(each -> busy.conversations().contains(each.conversation()))
                        .forEach(this::writeLater);
                    save(rest, feedsLeft).onComplete(saved);
                  } else {
                    batch.forEach(this::writeLater);
                    rest.forEach(this::writeLater);
                    saved.complete();
                  }
                }));
  }

  /** Adds the marks of up to {@code feeds} feeds until a batch is full; returns how many remain. */
  private int collect(List<DeliveredMark> marks, int feeds) {
    int feedsLeft = feeds;
    while (marks.size() < MAX_BATCH && feedsLeft > 0 && !unsaved.isEmpty()) {
      feedsLeft--;
      ConversationFeed feed = unsaved.poll();
      feed.unsaved = false;
      for (ConversationFeed.Member member : feed.members) {
        if (member.hasReceivedLast(feed)) {
          marks.add(new DeliveredMark(feed.id, member.account(), feed.rev));
        }
      }
    }
    return feedsLeft;
  }
}
