package io.parley.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.live.frame.SharedFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PausedFeedsTest {
  private static final long CONVERSATION = 3;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final PausedFeeds feeds = new PausedFeeds();

  private static byte[] event(long rev) {
    return ByteBuffer.allocate(Long.BYTES).putLong(rev).array();
  }

  private static long rev(byte[] event) {
    return ByteBuffer.wrap(event).getLong();
  }

  private boolean withholds(long rev) {
    return feeds.withholds(CONVERSATION, rev, new SharedFrame(event(rev)));
  }

  private List<Long> continueFrom(long rev) {
    return feeds.continueFrom(CONVERSATION, rev).stream().map(PausedFeedsTest::rev).toList();
  }

  @Test
  void eventsOfOtherConversationsPass() {
    feeds.pause(CONVERSATION);

    assertThat(feeds.withholds(4, 1, new SharedFrame(event(1)))).isFalse();
    assertThat(feeds.isPaused(4)).isFalse();
  }

  @Test
  void eventsOfAPausedFeedFollowWhenItContinues() {
    feeds.pause(CONVERSATION);
    assertThat(withholds(5)).isTrue();
    assertThat(withholds(6)).isTrue();
    assertThat(feeds.isPaused(CONVERSATION)).isTrue();

    assertThat(continueFrom(5)).containsExactly(6L);

    assertThat(feeds.isPaused(CONVERSATION)).isFalse();
    assertThat(withholds(6)).isTrue();
    assertThat(withholds(7)).isFalse();
  }

  @Test
  void eventsThatTheReplyContainedAreDroppedWhenTheyArriveLater() {
    feeds.pause(CONVERSATION);
    assertThat(continueFrom(8)).isEmpty();

    assertThat(withholds(7)).isTrue();
    assertThat(withholds(8)).isTrue();
    assertThat(withholds(9)).isFalse();
    // from here on nothing stands for it any more
    assertThat(withholds(10)).isFalse();
  }

  @Test
  void aSuspendedFeedStaysSilentUntilItIsPausedAgain() {
    feeds.suspend(CONVERSATION);
    assertThat(withholds(5)).isTrue();
    assertThat(continueFrom(5)).isEmpty();
    assertThat(withholds(6)).isTrue();
    assertThat(feeds.isIncomplete(CONVERSATION)).isTrue();

    feeds.pause(CONVERSATION);
    assertThat(withholds(7)).isTrue();

    assertThat(continueFrom(6)).containsExactly(7L);
  }

  @Test
  void aFeedWithTooManyKeptEventsIsIncomplete() {
    feeds.pause(CONVERSATION);
    for (long rev = 1; rev <= PausedFeeds.MAX_KEPT; rev++) {
      assertThat(withholds(rev)).isTrue();
    }
    assertThat(feeds.isIncomplete(CONVERSATION)).isFalse();

    assertThat(withholds(PausedFeeds.MAX_KEPT + 1)).isTrue();

    assertThat(feeds.isIncomplete(CONVERSATION)).isTrue();
    assertThat(continueFrom(1)).isEmpty();
    assertThat(withholds(PausedFeeds.MAX_KEPT + 2)).isTrue();
  }

  @Test
  void aReleasedFeedSendsAllItKeptAndWithholdsNothing() {
    feeds.pause(CONVERSATION);
    assertThat(withholds(5)).isTrue();

    assertThat(feeds.release(CONVERSATION).stream().map(PausedFeedsTest::rev)).containsExactly(5L);

    assertThat(withholds(5)).isFalse();
  }

  /** A client resumes at random moments; the store is read somewhere between pause and reply. */
  @Test
  void aClientReceivesEveryRevOnceHoweverItsResumesFall() {
    System.out.println("seed " + seed);
    for (int run = 0; run < 500; run++) {
      runOnce(new PausedFeeds(), 20 + random.nextInt(1_500));
    }
  }

  private void runOnce(PausedFeeds paused, int last) {
    List<Long> received = new ArrayList<>();
    int every = 2 + random.nextInt(700);
    boolean reading = false;
    long readUpTo = 0;
    for (long rev = 1; rev <= last; rev++) {
      if (!paused.withholds(CONVERSATION, rev, new SharedFrame(event(rev)))) {
        received.add(rev);
      }
      if (!reading && random.nextInt(every) == 0) {
        paused.pause(CONVERSATION);
        reading = true;
        // the store may be ahead of what has been delivered here, and never behind an earlier reply
        readUpTo = Math.max(received.size(), rev + random.nextInt(4));
      } else if (reading && random.nextInt(every) == 0) {
        readUpTo = Math.max(readUpTo, rev - random.nextInt(3));
        reading = reply(paused, received, readUpTo, rev);
        // a client that resumes again reads the store after its feed has been paused anew
        readUpTo = Math.max(readUpTo, rev);
      }
    }
    while (reading) {
      reading = reply(paused, received, Math.max(readUpTo, last), last);
    }
    // what was read may be ahead of what was delivered
    assertThat(received)
        .describedAs("seed %d", seed)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, received.size()).boxed().toList())
        .hasSizeGreaterThanOrEqualTo(last);
  }

  /** Returns whether the client has to resume again. */
  private static boolean reply(
      PausedFeeds paused, List<Long> received, long readUpTo, long delivered) {
    for (long rev = received.size() + 1L; rev <= readUpTo; rev++) {
      received.add(rev);
    }
    if (paused.isIncomplete(CONVERSATION)) {
      paused.suspend(CONVERSATION);
      paused.pause(CONVERSATION);
      return true;
    }
    paused.continueFrom(CONVERSATION, readUpTo).forEach(event -> received.add(rev(event)));
    return delivered < 0;
  }
}
