package io.parley.store.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.insight.BackgroundJob.Step;
import io.parley.store.insight.UnfinishedRound.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The schedule of a background job, in virtual time. */
@Tag("fast")
class BackgroundJobTest {
  private static final long PAUSE = 500;

  private final BackgroundJob job = new BackgroundJob("index", 8, PAUSE, 40, false);
  private long now = 1_000;

  private void answerRound(State state, Long... conversations) {
    assertThat(job.due(now)).contains(Step.ROUND);
    job.roundDone(
        new UnfinishedRound(state, List.of(conversations), Optional.of(10.0)), 1, false, now);
    now += PAUSE;
  }

  private List<Long> takeBatch() {
    assertThat(job.due(now)).contains(Step.BATCH);
    return job.takeBatch();
  }

  @Test
  void aStartingJobScansAndThenLooksOnceAMinute() {
    assertThat(job.scans(now)).isTrue();
    answerRound(State.BUSY);
    assertThat(job.scans(now)).isTrue();
    answerRound(State.SCANNING);
    assertThat(job.scans(now)).isFalse();
    answerRound(State.COMPLETE);
    assertThat(job.due(now)).isEmpty();
    now += BackgroundJob.MINUTE_MS;
    assertThat(job.due(now)).contains(Step.ROUND);
  }

  @Test
  void aRequestedRoundLooksHoweverRecentTheLastOneIs() {
    answerRound(State.COMPLETE);
    assertThat(job.pauseSeconds()).isEqualTo(60);
    job.requestRound();
    assertThat(job.pauseSeconds()).isZero();
    answerRound(State.BUSY);
    assertThat(job.pauseSeconds()).isZero();
    answerRound(State.FOUND, 1L);
    assertThat(job.pauseSeconds()).isEqualTo(60);
  }

  @Test
  void aRoundThatWasBegunLongAgoIsFollowedByAnotherOne() {
    job.roundDone(
        new UnfinishedRound(State.COMPLETE, List.of(), Optional.of(3_000.0)), 1, false, now);
    now += PAUSE;
    answerRound(State.COMPLETE);
    assertThat(job.due(now)).isEmpty();
  }

  @Test
  void whatARoundFoundIsProcessedBeforeTheNextRound() {
    answerRound(State.FOUND, 1L, 2L, 3L);
    List<Long> batch = takeBatch();
    assertThat(batch).containsExactly(1L, 2L, 3L);
    job.batchDone(3, List.of(2L), 1, false, now);
    now += PAUSE;
    assertThat(job.due(now)).contains(Step.ROUND);
  }

  @Test
  void theConversationThatFailsIsSetAsideAndTheOthersAreProcessed() {
    answerRound(State.COMPLETE);
    LongStream.rangeClosed(1, 20).forEach(each -> job.note(each, now));
    List<Long> processed = new ArrayList<>();
    Optional<Long> setAside = Optional.empty();
    while (job.waiting() > setAside.map(any -> 1).orElse(0)) {
      List<Long> batch = takeBatch();
      if (batch.contains(13L)) {
        setAside = job.batchFailed(batch, now);
      } else {
        job.batchDone(batch.size(), List.of(), 1, false, now);
        processed.addAll(batch);
      }
      now += PAUSE;
    }
    assertThat(setAside).contains(13L);
    assertThat(processed)
        .containsExactlyInAnyOrderElementsOf(
            LongStream.rangeClosed(1, 20).filter(each -> each != 13).boxed().toList());
    job.note(13, now);
    assertThat(job.waiting()).isEqualTo(1);
    assertThat(job.setAside(now)).containsExactly(13L);
    assertThat(job.setAside(now + BackgroundJob.HOUR_MS)).isEmpty();
  }

  @Test
  void moreChangesThanItRemembersAreLookedForInTheDatabase() {
    answerRound(State.COMPLETE);
    LongStream.rangeClosed(1, 100_001).forEach(each -> job.note(each, now));
    assertThat(job.pauseSeconds()).isZero();
    assertThat(job.due(now)).contains(Step.ROUND);
    answerRound(State.COMPLETE);
    assertThat(job.due(now)).contains(Step.BATCH);
  }

  @Test
  void aBusyNodeGivesTheJobAFortiethOfTheTime() {
    answerRound(State.COMPLETE);
    job.note(1, now);
    job.batchDone(takeBatch().size(), List.of(1L), 100, true, now);
    now += 3_999;
    assertThat(job.due(now)).isEmpty();
    now += 1;
    assertThat(job.due(now)).contains(Step.BATCH);
  }

  @Test
  void behindIsTheAgeOfTheOldestChange() {
    answerRound(State.COMPLETE);
    assertThat(job.behindSeconds(now)).isZero();
    job.note(1, now);
    now += 3_000;
    job.note(2, now);
    assertThat(job.behindSeconds(now)).isEqualTo(3);
    job.batchDone(takeBatch().size(), List.of(), 1, false, now);
    assertThat(job.behindSeconds(now)).isZero();
    now += 10 * BackgroundJob.MINUTE_MS;
    assertThat(job.behindSeconds(now)).isGreaterThan(600);
  }
}
