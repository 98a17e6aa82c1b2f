package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One write lane: a connection of its own, one batch in flight, the next one gathering meanwhile.
 *
 * <p>Whoever comes while the lane is idle goes at once, alone; under load a batch is whatever
 * gathered during the one before. There is no timer. What must never happen: an answer before the
 * commit; a row lost because its neighbour was bad (a batch that fails is sent again one by one);
 * "not done" said of what may have been done. A batch whose connection broke is sent again on a new
 * one: the work is keyed, so what had landed is found, not repeated. Confined to one event loop.
 */
public final class WriteLane<Q, R> {
  // small enough that one batch gathers and answers while another commits: with larger ones
  // everybody waits together
  private static final int MOST = 32;
  private static final int TRIES = 5;
  private static final long PATIENCE_MS = 6_000;
  private static final long RECONNECT_MS = 50;

  /** What a lane carries: how questions become one statement, and its rows answers. */
  public interface Freight<Q, R> {
    /** The statement for so many questions. */
    String sql(int questions);

    /** {@code wait}: for whoever holds the conversation, instead of coming back later. */
    Tuple parameters(List<Q> questions, boolean wait);

    /** The answer that {@code row} holds; null if the conversation was busy. */
    @Nullable R answer(Q question, Row row, boolean sentBefore);

    /** Told of everything that was answered by one commit, before anyone is answered. */
    void committed(List<Q> questions, List<R> answers);
  }

  private static final class Pending<Q, R> {
    final Q question;
    final Promise<R> promise = Promise.promise();
    final long giveUpAt;
    int tries;
    int busy;
    boolean sent;
    boolean alone;

    Pending(Q question, long giveUpAt) {
      this.question = question;
      this.giveUpAt = giveUpAt;
    }
  }

  private final Vertx vertx;
  private final Database database;
  private final Freight<Q, R> freight;
  private final int bound;
  private final LongSupplier clock;
  private final Deque<Pending<Q, R>> waiting = new ArrayDeque<>();
  private List<Pending<Q, R>> inFlight = List.of();
  private @Nullable PgConnection connection;
  private boolean connecting;
  private long flight;

  public WriteLane(Vertx vertx, Database database, Freight<Q, R> freight, int bound) {
    this.vertx = vertx;
    this.database = database;
    this.freight = freight;
    this.bound = bound;
    this.clock = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    database.onLost(this::lost);
  }

  public Future<R> send(Q question) {
    if (!database.isThere() || waiting.size() >= bound) {
      return Future.failedFuture(
          Outage.unavailable("the write lane is full, or its database away"));
    }
    Pending<Q, R> pending = new Pending<>(question, clock.getAsLong() + PATIENCE_MS);
    waiting.add(pending);
    go();
    return pending.promise.future();
  }

  private void go() {
    if (!inFlight.isEmpty() || waiting.isEmpty() || connecting) {
      return;
    }
    PgConnection open = connection;
    if (open == null) {
      connect();
      return;
    }
    List<Pending<Q, R>> batch = next();
    inFlight = batch;
    long number = ++flight;
    boolean wait = batch.getFirst().busy > 1;
    boolean[] before = new boolean[batch.size()];
    List<Q> questions = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      before[i] = batch.get(i).sent;
      batch.get(i).sent = true;
      questions.add(batch.get(i).question);
    }
    open.preparedQuery(freight.sql(batch.size()))
        .execute(freight.parameters(questions, wait))
        .onComplete(
            (rows, failure) -> {
              if (flight != number) {
                return; // given up in the meantime
              }
              inFlight = List.of();
              if (failure == null) {
                database.heard();
                settle(batch, questions, before, rows);
              } else {
                failed(batch, failure);
              }
              go();
            });
  }

  /** As many as fit; or one that has to go alone. */
  private List<Pending<Q, R>> next() {
    List<Pending<Q, R>> batch = new ArrayList<>();
    while (batch.size() < MOST && !waiting.isEmpty()) {
      Pending<Q, R> head = waiting.peek();
      boolean alone = head.alone || head.busy > 1;
      if (alone && !batch.isEmpty()) {
        break;
      }
      batch.add(waiting.remove());
      if (alone) {
        break;
      }
    }
    return batch;
  }

  private void settle(
      List<Pending<Q, R>> batch, List<Q> questions, boolean[] before, RowSet<Row> rows) {
    List<Q> answered = new ArrayList<>(batch.size());
    List<R> answers = new ArrayList<>(batch.size());
    List<Pending<Q, R>> done = new ArrayList<>(batch.size());
    List<Pending<Q, R>> busy = new ArrayList<>();
    int i = 0;
    for (Row row : rows) {
      Pending<Q, R> pending = batch.get(i);
      R answer = freight.answer(questions.get(i), row, before[i]);
      if (answer == null) {
        pending.busy++;
        pending.sent = before[i];
        busy.add(pending);
      } else {
        done.add(pending);
        answered.add(pending.question);
        answers.add(answer);
      }
      i++;
    }
    freight.committed(answered, answers);
    for (int d = 0; d < done.size(); d++) {
      done.get(d).promise.complete(answers.get(d));
    }
    again(busy);
  }

  private void failed(List<Pending<Q, R>> batch, Throwable failure) {
    if (SqlErrors.isLostConnection(failure)) {
      disconnect();
      again(batch);
      return;
    }
    if (SqlErrors.isWorthAnotherTry(failure)) {
      batch.forEach(each -> each.tries++);
      batch.stream()
          .filter(each -> each.tries >= TRIES)
          .forEach(each -> each.promise.fail(SqlErrors.judged(failure, false)));
      again(batch.stream().filter(each -> each.tries < TRIES).toList());
      return;
    }
    if (batch.size() == 1) {
      batch.getFirst().promise.fail(SqlErrors.judged(failure, false));
      return;
    }
    // one of them is bad: each goes alone, so that it fails alone
    batch.forEach(each -> each.alone = true);
    again(batch);
  }

  /** Back to the head of the queue, in order; whoever waited too long is let go. */
  private void again(List<Pending<Q, R>> batch) {
    for (int i = batch.size() - 1; i >= 0; i--) {
      Pending<Q, R> pending = batch.get(i);
      if (clock.getAsLong() < pending.giveUpAt) {
        waiting.addFirst(pending);
      } else {
        letGo(pending);
      }
    }
  }

  private void letGo(Pending<Q, R> pending) {
    pending.promise.tryFail(
        pending.sent
            ? Outage.outcomeUnknown(
                "the database went away in the middle", new IllegalStateException("lost"))
            : Outage.unavailable("the database is too busy"));
  }

  private void connect() {
    connecting = true;
    database
        .connection()
        .onComplete(
            (opened, failure) -> {
              connecting = false;
              if (failure == null) {
                connection = opened;
                opened.closeHandler(closed -> forget(opened));
                go();
              } else {
                vertx.setTimer(RECONNECT_MS, later -> retire());
              }
            });
  }

  /** After a connection was refused: whoever waited too long is let go, the others try again. */
  private void retire() {
    List<Pending<Q, R>> left = new ArrayList<>(waiting);
    waiting.clear();
    again(left);
    go();
  }

  private void forget(PgConnection closed) {
    if (connection == closed) {
      connection = null;
    }
  }

  private void disconnect() {
    PgConnection old = connection;
    connection = null;
    if (old != null) {
      old.close();
    }
  }

  /** The database does not answer: nobody waits for it. */
  private void lost() {
    List<Pending<Q, R>> left = new ArrayList<>(inFlight);
    left.addAll(waiting);
    inFlight = List.of();
    flight++;
    waiting.clear();
    disconnect();
    left.forEach(this::letGo);
  }
}
