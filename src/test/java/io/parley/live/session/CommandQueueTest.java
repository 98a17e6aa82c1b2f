package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.contract.SocketOrder;
import io.parley.api.problem.Answer;
import io.parley.live.loop.VirtualLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class CommandQueueTest {
  private static final Answer ANSWER = Answer.noContent();

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final VirtualLoop loop = new VirtualLoop();
  private final CommandQueue queue = new CommandQueue(loop);
  private final List<String> started = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private final Map<String, Promise<Answer>> answers = new HashMap<>();

  private void add(long conversation, SocketOrder order, String name) {
    Promise<Answer> answer = Promise.promise();
    answers.put(name, answer);
    queue.add(
        conversation,
        order,
        () -> {
          started.add(name);
          return answer.future();
        },
        (value, failure) -> done.add(name));
  }

  private void answer(String name) {
    answers.get(name).complete(ANSWER);
  }

  @Test
  void commandsOfOneConversationRunOneByOne() {
    add(1, SocketOrder.ONE_BY_ONE, "a");
    add(1, SocketOrder.ONE_BY_ONE, "b");
    assertThat(started).containsExactly("a");

    answer("a");

    assertThat(started).containsExactly("a", "b");
    assertThat(done).containsExactly("a");
  }

  @Test
  void conversationsDoNotWaitForEachOther() {
    add(1, SocketOrder.ONE_BY_ONE, "a");
    add(2, SocketOrder.ONE_BY_ONE, "b");

    assertThat(started).containsExactly("a", "b");
  }

  @Test
  void appendsRunSideBySideButNotBesideMarks() {
    add(1, SocketOrder.APPEND, "a");
    add(1, SocketOrder.APPEND, "b");
    add(1, SocketOrder.MARK, "c");
    add(1, SocketOrder.APPEND, "d");
    assertThat(started).containsExactly("a", "b");

    answer("b");
    assertThat(started).containsExactly("a", "b");
    answer("a");
    assertThat(started).containsExactly("a", "b", "c");
    answer("c");

    assertThat(started).containsExactly("a", "b", "c", "d");
  }

  @Test
  void aCommandThatFailsOrThrowsDoesNotHoldUpTheNext() {
    List<Throwable> failures = new ArrayList<>();
    queue.add(
        1,
        SocketOrder.ONE_BY_ONE,
        () -> {
          throw new IllegalStateException("thrown");
        },
        (answer, failure) -> failures.add(failure));
    queue.add(
        1,
        SocketOrder.ONE_BY_ONE,
        () -> Future.failedFuture("failed"),
        (answer, failure) -> failures.add(failure));
    add(1, SocketOrder.ONE_BY_ONE, "a");

    assertThat(failures).extracting(Throwable::getMessage).containsExactly("thrown", "failed");
    assertThat(started).containsExactly("a");
  }

  @Test
  void aCommandAddedByACompletionQueuesBehindTheOneItStarted() {
    Promise<Answer> first = Promise.promise();
    queue.add(1, SocketOrder.ONE_BY_ONE, first::future, (answer, failure) -> done.add("first"));
    queue.add(
        1,
        SocketOrder.ONE_BY_ONE,
        () -> Future.succeededFuture(ANSWER),
        (answer, failure) -> add(1, SocketOrder.ONE_BY_ONE, "a"));
    first.complete(ANSWER);

    add(1, SocketOrder.ONE_BY_ONE, "b");

    assertThat(started).containsExactly("a");
    answer("a");
    assertThat(started).containsExactly("a", "b");
  }

  /** Commands of any order and length, some of them added by the completion of others. */
  @Test
  void everyConversationKeepsItsOrder() {
    System.out.println("seed " + seed);
    for (int run = 0; run < 300; run++) {
      new Run(1 + random.nextInt(4), 1 + random.nextInt(120)).check();
    }
  }

  private final class Run {
    private final CommandQueue commands = new CommandQueue(loop);
    private final int conversations;
    private final int count;
    private final Map<Long, List<Integer>> added = new HashMap<>();
    private final Map<Long, List<Integer>> begun = new HashMap<>();
    private final Map<Long, List<SocketOrder>> running = new HashMap<>();
    private int completed;
    private int next;

    Run(int conversations, int count) {
      this.conversations = conversations;
      this.count = count;
    }

    void check() {
      while (next < count) {
        addOne();
        loop.advance(random.nextInt(6));
      }
      loop.advance(10_000);
      assertThat(completed).describedAs("seed %d", seed).isEqualTo(next);
      assertThat(begun).describedAs("seed %d", seed).isEqualTo(added);
    }

    private void addOne() {
      int number = next++;
      long conversation = random.nextInt(conversations);
      List<SocketOrder> orders = List.of(SocketOrder.values());
      SocketOrder order = orders.get(random.nextInt(orders.size()));
      added.computeIfAbsent(conversation, any -> new ArrayList<>()).add(number);
      commands.add(
          conversation,
          order,
          () -> begin(conversation, order, number),
          (answer, failure) -> completed());
    }

    private Future<Answer> begin(long conversation, SocketOrder order, int number) {
      begun.computeIfAbsent(conversation, any -> new ArrayList<>()).add(number);
      List<SocketOrder> beside = running.computeIfAbsent(conversation, any -> new ArrayList<>());
      if (order == SocketOrder.ONE_BY_ONE) {
        assertThat(beside).describedAs("seed %d", seed).isEmpty();
      } else {
        assertThat(beside).describedAs("seed %d", seed).allMatch(each -> each == order);
      }
      Future<Answer> answer = outcome();
      if (!answer.isComplete()) {
        beside.add(order);
        // before the queue hears of it
        return answer.onComplete((value, failure) -> beside.remove(order));
      }
      return answer;
    }

    private Future<Answer> outcome() {
      return switch (random.nextInt(5)) {
        case 0 -> Future.succeededFuture(ANSWER);
        case 1 -> throw new IllegalStateException("thrown");
        case 2 -> loop.failLater(random.nextInt(20), new IllegalStateException("failed"));
        default -> loop.later(random.nextInt(20), ANSWER);
      };
    }

    private void completed() {
      completed++;
      if (next < count && random.nextInt(3) == 0) {
        addOne();
      }
    }
  }
}
