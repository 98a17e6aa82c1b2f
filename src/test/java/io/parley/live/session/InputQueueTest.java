package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.live.loop.VirtualLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class InputQueueTest {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final VirtualLoop loop = new VirtualLoop();
  private final FakeTransport transport = new FakeTransport();
  private final List<Integer> handled = new ArrayList<>();
  private InputQueue.Handler behaviour = frame -> {};
  private final InputQueue queue =
      new InputQueue(
          loop,
          transport,
          frame -> {
            handled.add((int) frame[0]);
            behaviour.handle(frame);
          });

  private void add(int frame) {
    queue.add(new byte[] {(byte) frame});
  }

  @Test
  void anExclusiveStepHoldsBackLaterFramesAndPausesReading() {
    Promise<Void> step = Promise.promise();
    behaviour = frame -> queue.exclusively(step.future(), (done, failure) -> handled.add(100));
    add(1);
    assertThat(transport.reading).isTrue();
    add(2);
    assertThat(transport.reading).isFalse();
    assertThat(queue.isHoldingBack()).isTrue();
    assertThat(handled).containsExactly(1);
    behaviour = frame -> {};

    step.complete();

    assertThat(handled).containsExactly(1, 100, 2);
    assertThat(transport.reading).isTrue();
    assertThat(queue.isHoldingBack()).isFalse();
  }

  @Test
  void readingPausesWhileTooManyOperationsAreInProgress() {
    List<Promise<Void>> operations = new ArrayList<>();
    behaviour =
        frame -> {
          Promise<Void> operation = Promise.promise();
          operations.add(operation);
          operation.future().onComplete(queue.inProgress((done, failure) -> {}));
        };
    for (int i = 0; i < InputQueue.MAX_IN_PROGRESS; i++) {
      add(i);
    }
    assertThat(transport.reading).isFalse();
    add(99);
    assertThat(handled).hasSize(InputQueue.MAX_IN_PROGRESS);

    operations.getFirst().complete();

    assertThat(handled).hasSize(InputQueue.MAX_IN_PROGRESS + 1).endsWith(99);
    operations.get(1).complete();
    assertThat(transport.reading).isTrue();
  }

  @Test
  void aClientWithTooManyRepliesToReadGetsNoFurtherRequestsIn() {
    behaviour = frame -> transport.tooManyReplies = frame[0] == 1;
    add(1);
    add(2);
    assertThat(handled).containsExactly(1);
    assertThat(transport.reading).isFalse();

    transport.tooManyReplies = false;
    queue.repliesTaken();

    assertThat(handled).containsExactly(1, 2);
    assertThat(transport.reading).isTrue();
  }

  @Test
  void manyFramesAtOnceAreHandledInTurns() {
    List<Integer> handledBefore = new ArrayList<>();
    loop.execute(() -> IntStream.range(0, 1_000).forEach(frame -> add(frame % 100)));
    loop.execute(() -> handledBefore.addAll(handled));

    loop.advance(0);

    assertThat(handledBefore).hasSize(InputQueue.MAX_PER_TURN);
    assertThat(handled).isEqualTo(IntStream.range(0, 1_000).mapToObj(i -> i % 100).toList());
    assertThat(transport.reading).isTrue();
  }

  @Test
  void aClosedQueueHandlesNothingAndPassesNoOutcomeOn() {
    Promise<Void> step = Promise.promise();
    Promise<Void> lookUp = Promise.promise();
    behaviour =
        frame -> {
          queue.exclusively(step.future(), (done, failure) -> handled.add(100));
          queue.alwaysExclusively(lookUp.future(), (done, failure) -> handled.add(101));
        };
    add(1);
    add(2);
    queue.close();

    step.complete();
    lookUp.complete();
    add(3);

    assertThat(handled).containsExactly(1, 101);
  }

  @Test
  void thousandsOfStepsThatAreDoneAtOnceDoNotExhaustTheStack() {
    Promise<Void> step = Promise.promise();
    behaviour = frame -> queue.exclusively(step.future(), (done, failure) -> {});
    IntStream.range(0, 100_000).forEach(frame -> add(frame % 100));

    step.complete();
    loop.advance(0);

    assertThat(handled).hasSize(100_000);
    assertThat(transport.reading).isTrue();
  }

  @Test
  void framesAreHandledInOrderAndNeverBesideAnExclusiveStep() {
    System.out.println("seed " + seed);
    int[] exclusive = {0};
    int[] inProgress = {0};
    behaviour =
        frame -> {
          assertThat(exclusive[0]).describedAs("seed %d", seed).isZero();
          assertThat(inProgress[0]).describedAs("seed %d", seed).isLessThan(64);
          switch (random.nextInt(4)) {
            case 0 -> {
              exclusive[0]++;
              queue.exclusively(outcome(), (done, failure) -> exclusive[0]--);
            }
            case 1, 2 -> {
              inProgress[0]++;
              loop.whenDone(outcome(), queue.inProgress((done, failure) -> inProgress[0]--));
            }
            default -> {}
          }
        };
    for (int i = 0; i < 50_000; i++) {
      add(i % 100);
      if (random.nextInt(3) == 0) {
        loop.advance(random.nextInt(3));
      }
    }
    loop.advance(1_000_000);

    assertThat(handled)
        .describedAs("seed %d", seed)
        .isEqualTo(IntStream.range(0, 50_000).mapToObj(i -> i % 100).toList());
    assertThat(transport.reading).isTrue();
  }

  private Future<Void> outcome() {
    return switch (random.nextInt(4)) {
      case 0 -> Future.succeededFuture();
      case 1 -> loop.failLater(random.nextInt(20), new IllegalStateException("failed"));
      default -> loop.later(random.nextInt(20), null);
    };
  }
}
