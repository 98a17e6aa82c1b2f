package io.parley.live;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.parley.api.contract.Contract.Verb;
import io.parley.api.problem.Answer;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets what one client changes happen in the order in which it asked: one change of a conversation
 * after the other. What keeps its order by itself, as items do on their way through a lane, goes
 * next to its like. What was begun is finished, whether the client is still there or not.
 */
final class CommandQueue {
  /** One behind the other. */
  static final String ALONE = "";

  /** Of what belongs to no conversation. */
  static final long ELSEWHERE = 0;

  static final long PRESENCE = -1;
  private static final Set<String> APPENDS =
      Set.of("appendItem", "sendMessage", "postToConversation");
  private static final String MARKS = "markRead";
  private static final int MOST_NAMES = 200;

  private record Step(
      String stream, Supplier<Future<Answer>> work, Completable<? super Answer> done) {}

  private static final class Line {
    String stream = ALONE;
    int running;
    final ArrayDeque<Step> waiting = new ArrayDeque<>(0);
  }

  private final SocketLoop desk;
  private final LongObjectMap<Line> lines = new LongObjectHashMap<>(2);
  private final Map<String, Long> names = new HashMap<>(2);

  CommandQueue(SocketLoop desk) {
    this.desk = desk;
  }

  /** Next to what such a change may be made; files are looked up before they are appended. */
  static String stream(Verb verb, Map<String, @Nullable Object> fields) {
    if (APPENDS.contains(verb.id()) && !fields.containsKey("attachments")) {
      return "append";
    }
    return verb.id().equals(MARKS) ? MARKS : ALONE;
  }

  /** Where a change belongs that names no conversation: two addresses are one, as they will be. */
  static long place(Map<String, @Nullable Object> fields) {
    return fields.get("from") instanceof String from && fields.get("to") instanceof String to
        ? PRESENCE - 1 - Integer.toUnsignedLong(from.hashCode() ^ to.hashCode())
        : ELSEWHERE;
  }

  /** The conversation with the user of that name, if it is known here; it stays the same. */
  @Nullable Long named(String name) {
    return names.get(name);
  }

  void name(String name, long conversation) {
    if (names.size() >= MOST_NAMES) {
      names.clear();
    }
    names.put(name, conversation);
  }

  /** Does {@code work} when it is its turn in {@code place}. */
  void take(
      long place, String stream, Supplier<Future<Answer>> work, Completable<? super Answer> done) {
    Line line = lines.get(place);
    if (line == null) {
      line = new Line();
      lines.put(place, line);
    }
    Step step = new Step(stream, work, done);
    if (line.waiting.isEmpty() && fits(line, step)) {
      begin(place, line, step);
    } else {
      line.waiting.add(step);
    }
  }

  private static boolean fits(Line line, Step step) {
    return line.running == 0 || (line.stream.equals(step.stream()) && !step.stream().equals(ALONE));
  }

  private void begin(long place, Line line, Step step) {
    line.running++;
    line.stream = step.stream();
    desk.home(
        begun(step),
        (answer, failure) -> {
          line.running--;
          next(place, line);
          step.done().complete(answer, failure);
        });
  }

  private static Future<Answer> begun(Step step) {
    try {
      return step.work().get();
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  private void next(long place, Line line) {
    while (!line.waiting.isEmpty() && fits(line, line.waiting.peek())) {
      begin(place, line, line.waiting.poll());
    }
    if (line.running == 0) {
      lines.remove(place);
    }
  }
}
