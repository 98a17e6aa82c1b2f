package io.parley.store.insight;

import io.parley.store.insight.UnfinishedRound.State;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The schedule of one background job: which conversations it has to process, how many at once, and
 * what it does next. It processes the conversations that changed on this node as soon as its pauses
 * allow; once a minute it looks for what other nodes may have left ({@link UnfinishedRound}), and
 * once an hour, and when the node starts, it asks for a scan of all conversations, which the
 * database allows once a day.
 *
 * <p>A batch that fails is divided until the conversation that makes it fail is alone; that one is
 * set aside for an hour. Times are arguments, in milliseconds.
 */
final class BackgroundJob {
  /** What to do next. */
  enum Step {
    BATCH,
    ROUND,
    TIDY
  }

  static final long MINUTE_MS = 60_000;
  static final long HOUR_MS = 60 * MINUTE_MS;
  private static final int MAX_CHANGED = 100_000;
  private static final int MAX_SET_ASIDE = 1_000;
  private static final int MIN_ITEMS = 50;
  private static final int REPEATED_FAILURES = 20;
  private static final int SCAN_PAUSE_FACTOR = 4;

  /** A complete round is less than two minutes old. */
  private static final double LATE_SECONDS = 180;

  private final String name;
  private final int maxItems;
  private final long pauseMs;
  private final int busyPauseFactor;
  private final ChangedConversations changed = new ChangedConversations(MAX_CHANGED);
  private final Map<Long, Long> setAside = new LinkedHashMap<>();
  private int items;
  private int conversations;
  private int failures;
  private int batchesBeforeRound;
  private long notBefore = Long.MIN_VALUE;
  private long roundAt = Long.MIN_VALUE;
  private boolean roundRequested;
  private long scanAt = Long.MIN_VALUE;
  private long tidyAt;
  private Optional<Answered> lastRound = Optional.empty();

  private record Answered(Optional<Double> age, long at) {
    double ageSeconds(long now) {
      return age.orElse(Double.POSITIVE_INFINITY) + (now - at) / 1_000.0;
    }
  }

  /**
   * While the node is busy the job rests {@code busyPauseFactor} times as long as it worked.
   *
   * @param maxItems the most items, and the most conversations, of a batch
   * @param tidies whether it has to be tidied up after
   */
  BackgroundJob(String name, int maxItems, long pauseMs, int busyPauseFactor, boolean tidies) {
    this.name = name;
    this.maxItems = maxItems;
    this.pauseMs = pauseMs;
    this.busyPauseFactor = busyPauseFactor;
    this.items = maxItems;
    this.conversations = maxItems;
    this.tidyAt = tidies ? Long.MIN_VALUE : Long.MAX_VALUE;
  }

  String name() {
    return name;
  }

  /** The most items of the next batch. */
  int items() {
    return items;
  }

  void note(long conversation, long now) {
    if (!setAside.containsKey(conversation)) {
      changed.note(conversation, now);
    }
  }

  Optional<Step> due(long now) {
    if (now < notBefore) {
      return Optional.empty();
    }
    if (now >= tidyAt) {
      return Optional.of(Step.TIDY);
    }
    boolean round = now >= roundAt || changed.hasOverflowed();
    if (round && (batchesBeforeRound <= 0 || changed.isEmpty())) {
      return Optional.of(Step.ROUND);
    }
    return changed.isEmpty() ? Optional.empty() : Optional.of(Step.BATCH);
  }

  List<Long> takeBatch() {
    batchesBeforeRound--;
    return changed.take(conversations);
  }

  /** The batch is done but for {@code unfinished}; {@code count} items were processed. */
  void batchDone(int count, List<Long> unfinished, long tookMs, boolean busy, long now) {
    failures = 0;
    boolean more = count >= items / 2 || !unfinished.isEmpty();
    changed.noteAll(unfinished, now);
    items = Math.min(maxItems, items * 2);
    conversations = Math.min(maxItems, conversations * 2);
    rest(more ? tookMs : pauseMs, tookMs, busy, now);
  }

  /** Another node runs the job: it may have looked before these changes were committed. */
  void batchBlocked(List<Long> batch, long now) {
    changed.noteAll(batch, now);
    notBefore = now + pauseMs;
  }

  /** The database could not be asked, or needed too long. */
  void batchInterrupted(List<Long> batch, long now) {
    changed.noteAll(batch, now);
    items = Math.max(MIN_ITEMS, items / 2);
    notBefore = now + pauseMs;
  }

  /** The batch cannot be processed. Returns the conversation that was set aside for that. */
  Optional<Long> batchFailed(List<Long> batch, long now) {
    failures++;
    notBefore = now + (failures > REPEATED_FAILURES ? MINUTE_MS : pauseMs);
    conversations = Math.max(1, batch.size() / 2);
    if (batch.size() > 1) {
      changed.noteAll(batch, now);
      return Optional.empty();
    }
    long conversation = batch.getFirst();
    if (setAside.size() >= MAX_SET_ASIDE) {
      setAside.remove(setAside.keySet().iterator().next());
    }
    setAside.put(conversation, now + HOUR_MS);
    return Optional.of(conversation);
  }

  /** Looks soon for changes that this node may not know of, however recent the last round is. */
  void requestRound() {
    roundRequested = true;
    roundAt = Long.MIN_VALUE;
  }

  /** Whether the next round asks for a scan of all conversations. */
  boolean scans(long now) {
    return now >= scanAt;
  }

  /** The conversations that the next round has to leave out. */
  List<Long> setAside(long now) {
    setAside.values().removeIf(until -> now >= until);
    return List.copyOf(setAside.keySet());
  }

  /** How old the last complete round may be for this one to have nothing to do. */
  double pauseSeconds() {
    return roundRequested || changed.hasOverflowed() ? 0 : (double) MINUTE_MS / 1_000;
  }

  void roundDone(UnfinishedRound round, long tookMs, boolean busy, long now) {
    lastRound = Optional.of(new Answered(round.age(), now));
    if (round.state() != State.BUSY && scans(now)) {
      scanAt = now + HOUR_MS;
    }
    roundRequested &= round.state() == State.BUSY;
    changed.clearOverflow();
    changed.noteAll(round.conversations(), now);
    // what was found is processed before the next round
    batchesBeforeRound =
        round.state() == State.FOUND ? Math.ceilDiv(changed.size(), conversations) : 0;
    roundAt =
        switch (round.state()) {
          // a round that was begun long ago by another node leaves much to look at
          case COMPLETE -> now + (round.age().orElse(0.0) > LATE_SECONDS ? pauseMs : MINUTE_MS);
          case BUSY, WAITING -> now + pauseMs;
          case SCANNING, FOUND -> now;
        };
    boolean more = round.state() == State.SCANNING || round.state() == State.FOUND;
    rest(more ? SCAN_PAUSE_FACTOR * tookMs : pauseMs, tookMs, busy, now);
  }

  void roundInterrupted(long now) {
    roundAt = now + 10 * pauseMs;
  }

  void roundFailed(long now) {
    roundAt = now + MINUTE_MS;
  }

  /** {@code count} is how much there was to tidy up; empty if another node is at it. */
  void tidied(Optional<Integer> count, long tookMs, boolean busy, long now) {
    boolean more = count.isEmpty() || count.get() > 0;
    tidyAt = now + (more ? pauseMs : HOUR_MS);
    rest(pauseMs, tookMs, busy, now);
  }

  void tidyFailed(long now) {
    tidyAt = now + MINUTE_MS;
  }

  private void rest(long quietMs, long tookMs, boolean busy, long now) {
    notBefore = now + (busy ? Math.max(pauseMs, tookMs * busyPauseFactor) : quietMs);
  }

  /** The conversations that are known to be unfinished. */
  int waiting() {
    return changed.size() + setAside.size();
  }

  /** The age of the oldest change that is known, or must be suspected, to be unprocessed. */
  double behindSeconds(long now) {
    double known = (now - changed.oldest().orElse(now)) / 1_000.0;
    double suspected = lastRound.map(round -> round.ageSeconds(now)).orElse(0.0);
    return suspected > LATE_SECONDS ? Math.max(known, suspected) : known;
  }
}
