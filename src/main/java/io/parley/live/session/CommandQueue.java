package io.parley.live.session;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.parley.api.contract.SocketOrder;
import io.parley.api.problem.Answer;
import io.parley.live.loop.Loop;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/**
 * The commands of one client, carried out per conversation in the order in which they were sent.
 * Commands whose order is kept further down (appends in their lane, read marks by their height) run
 * side by side with their like; all others one by one. Conversations do not wait for each other.
 *
 * <p>A command that has been taken is carried out, whether or not the client is still there.
 */
final class CommandQueue {
  private record Command(
      SocketOrder order, Supplier<Future<Answer>> work, Completable<? super Answer> done) {}

  /** The commands of one conversation. */
  private static final class Line {
    SocketOrder order = SocketOrder.ONE_BY_ONE;
    int running;
    final ArrayDeque<Command> waiting = new ArrayDeque<>(0);

    boolean mayStart(Command command) {
      return running == 0
          || (command.order() == order && command.order() != SocketOrder.ONE_BY_ONE);
    }
  }

  private final Loop loop;
  private final LongObjectMap<Line> lines = new LongObjectHashMap<>(2);

  CommandQueue(Loop loop) {
    this.loop = loop;
  }

  /** Starts {@code work} when everything before it in {@code conversation} allows it. */
  void add(
      long conversation,
      SocketOrder order,
      Supplier<Future<Answer>> work,
      Completable<? super Answer> done) {
    Line line = lines.get(conversation);
    if (line == null) {
      line = new Line();
      lines.put(conversation, line);
    }
    Command command = new Command(order, work, done);
    if (line.waiting.isEmpty() && line.mayStart(command)) {
      start(conversation, line, command);
    } else {
      line.waiting.add(command);
    }
  }

  private void start(long conversation, Line line, Command command) {
    line.running++;
    line.order = command.order();
    loop.whenDone(
        started(command),
        (answer, failure) -> {
          line.running--;
          startWaiting(conversation, line);
          command.done().complete(answer, failure);
        });
  }

  private static Future<Answer> started(Command command) {
    try {
      return command.work().get();
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  private void startWaiting(long conversation, Line line) {
    while (!line.waiting.isEmpty() && line.mayStart(line.waiting.peek())) {
      start(conversation, line, line.waiting.poll());
    }
    // a command that was done at once may have begun a new line meanwhile
    if (line.running == 0 && lines.get(conversation) == line) {
      lines.remove(conversation);
    }
  }
}
