package io.parley.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs.Busy;
import io.parley.conversation.ConversationVerbs.DeliveredMark;
import io.parley.flow.Outage;
import io.parley.live.frame.SharedFrame;
import io.parley.live.loop.VirtualLoop;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class DeliveredMarksTest {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final VirtualLoop loop = new VirtualLoop();
  private final List<List<DeliveredMark>> written = new ArrayList<>();
  private DeliveredMarks.Writer writer = batch -> Future.succeededFuture(new Busy(Set.of()));
  private final DeliveredMarks marks =
      new DeliveredMarks(
          loop,
          batch -> {
            written.add(batch);
            return writer.write(batch);
          });

  private static final class Socket implements FeedListener {
    private final Set<Long> paused = new HashSet<>();

    @Override
    public void event(long conversation, long rev, SharedFrame frame) {}

    @Override
    public void ephemeral(SharedFrame frame) {}

    @Override
    public boolean isUpToDate(long conversation) {
      return !paused.contains(conversation);
    }

    @Override
    public boolean isClosed() {
      return false;
    }

    @Override
    public void disconnect(int code, String reason) {}
  }

  private Subscriber subscriber(long account, FeedListener socket, ConversationFeed... feeds) {
    Subscriber subscriber = new Subscriber(account, false);
    subscriber.add(socket);
    subscriber.becomeReady();
    marks.joined(subscriber);
    for (ConversationFeed feed : feeds) {
      feed.members.add(subscriber);
      subscriber.feeds.add(feed);
    }
    return subscriber;
  }

  private void deliver(ConversationFeed feed) {
    feed.rev++;
    marks.delivered(feed);
  }

  @Test
  void membersAreMarkedUpToTheLastDeliveredRevOnce() {
    ConversationFeed feed = new ConversationFeed(1, 10);
    subscriber(5, new Socket(), feed);
    subscriber(6, new Socket(), feed);
    deliver(feed);
    deliver(feed);

    assertThat(marks.save().succeeded()).isTrue();
    assertThat(marks.save().succeeded()).isTrue();

    assertThat(written)
        .containsExactly(List.of(new DeliveredMark(1, 5, 12), new DeliveredMark(1, 6, 12)));
  }

  @Test
  void nothingIsMarkedThatWasDeliveredBeforeASubscriberCame() {
    ConversationFeed feed = new ConversationFeed(1, 10);
    deliver(feed);
    subscriber(5, new Socket(), feed);

    assertThat(marks.save().succeeded()).isTrue();

    assertThat(written).isEmpty();
  }

  @Test
  void aSocketWithAPausedFeedHasNotReceivedIt() {
    ConversationFeed feed = new ConversationFeed(1, 10);
    Socket socket = new Socket();
    socket.paused.add(1L);
    subscriber(5, socket, feed);
    deliver(feed);

    assertThat(marks.save().succeeded()).isTrue();

    assertThat(written).isEmpty();
  }

  @Test
  void aSubscriberThatLeavesIsMarkedWithWhatItReceived() {
    ConversationFeed feed = new ConversationFeed(1, 10);
    Socket socket = new Socket();
    Subscriber subscriber = subscriber(5, socket, feed);
    deliver(feed);
    marks.left(subscriber, socket);
    feed.members.clear();
    feed.rev = 90;

    assertThat(marks.save().succeeded()).isTrue();

    assertThat(written).containsExactly(List.of(new DeliveredMark(1, 5, 11)));
  }

  @Test
  void whatAClientReceivedByResumingIsMarked() {
    marks.caughtUp(5, 1, 33);

    assertThat(marks.save().succeeded()).isTrue();

    assertThat(written).containsExactly(List.of(new DeliveredMark(1, 5, 33)));
  }

  @Test
  void marksOfLockedConversationsAreWrittenWithTheNextSave() {
    writer = batch -> Future.succeededFuture(new Busy(Set.of(1L)));
    marks.caughtUp(5, 1, 33);
    marks.caughtUp(5, 2, 34);
    assertThat(marks.save().succeeded()).isTrue();
    writer = batch -> Future.succeededFuture(new Busy(Set.of()));

    assertThat(marks.save().succeeded()).isTrue();

    assertThat(written.getLast()).containsExactly(new DeliveredMark(1, 5, 33));
  }

  /** Deliveries, joins, departures, resumes and failing writes in any order. */
  @Test
  void allThatWasReceivedIsMarkedInTheEndAndNothingElse() {
    System.out.println("seed " + seed);
    Map<String, Long> expected = new HashMap<>();
    Map<String, Long> stored = new HashMap<>();
    writer = batch -> writeSometimes(batch, stored);
    ConversationFeed[] feeds = new ConversationFeed[8];
    for (int i = 0; i < feeds.length; i++) {
      feeds[i] = new ConversationFeed(i + 1, 1);
    }
    Map<Long, Subscriber> present = new HashMap<>();
    Map<Long, Socket> sockets = new HashMap<>();
    for (int step = 0; step < 20_000; step++) {
      long account = 1L + random.nextInt(30);
      switch (random.nextInt(12)) {
        case 0 -> {
          if (!present.containsKey(account)) {
            Socket socket = new Socket();
            sockets.put(account, socket);
            present.put(account, subscriber(account, socket, some(feeds)));
          }
        }
        case 1 -> {
          Subscriber left = present.remove(account);
          if (left != null) {
            marks.left(left, sockets.get(account));
            left.feeds.forEach(feed -> feed.members.remove(left));
          }
        }
        case 2 -> marks.save();
        case 3 -> loop.advance(random.nextInt(40));
        default -> {
          ConversationFeed feed = feeds[random.nextInt(feeds.length)];
          deliver(feed);
          feed.members.forEach(each -> expected.put(each.account() + "@" + feed.id, feed.rev));
        }
      }
    }
    writer = batch -> write(batch, stored);
    loop.advance(1_000);
    assertThat(marks.save().succeeded()).isTrue();
    assertThat(marks.save().succeeded()).isTrue();

    assertThat(stored).describedAs("seed %d", seed).isEqualTo(expected);
    assertThat(written)
        .allSatisfy(batch -> assertThat(batch).hasSizeBetween(1, DeliveredMarks.MAX_BATCH));
  }

  private ConversationFeed[] some(ConversationFeed[] feeds) {
    return List.of(feeds).stream()
        .filter(feed -> random.nextBoolean())
        .toArray(ConversationFeed[]::new);
  }

  private Future<Busy> writeSometimes(List<DeliveredMark> batch, Map<String, Long> stored) {
    long delay = random.nextInt(30);
    if (random.nextInt(4) == 0) {
      return loop.failLater(delay, Outage.unavailable("down"));
    }
    long busy = random.nextInt(20);
    List<DeliveredMark> free = batch.stream().filter(each -> each.conversation() != busy).toList();
    return write(free, stored).compose(done -> loop.later(delay, new Busy(Set.of(busy))));
  }

  private static Future<Busy> write(List<DeliveredMark> batch, Map<String, Long> stored) {
    batch.forEach(
        each -> stored.merge(each.party() + "@" + each.conversation(), each.rev(), Math::max));
    return Future.succeededFuture(new Busy(Set.of()));
  }
}
