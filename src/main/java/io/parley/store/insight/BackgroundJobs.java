package io.parley.store.insight;

import io.parley.flow.Outage;
import io.parley.insight.Cover;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The work behind the append path: tallying messages, indexing words. One piece at a time, each a
 * small transaction that may be cut off anywhere; every node tries, the database lets one in.
 *
 * <p>While much is being written a chore takes a small share of the time and falls behind, which
 * its readers make up for; when it is quiet it catches up at once. Without news it looks once a
 * minute, for what other nodes left undone. Confined to one event loop.
 */
public final class BackgroundJobs {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundJobs.class);
  private static final long TICK_MS = 250;
  private static final long MINUTE_MS = 60_000;
  private static final int LEAST = 50;
  private static final double BUSY_PER_SECOND = 500;
  private static final int TALLY = 20_000;
  private static final int INDEX = 1_000;

  /**
   * One kind of work; {@code restWhenBusy} is how many times as long as it worked it then rests.
   */
  private static final class Chore {
    final String name;
    final String sql;
    final IntFunction<Tuple> parameters;
    final int largest;
    final long restMs;
    final int restWhenBusy;
    int most;
    long seen = -1;
    long notBefore;
    long lookAgain;

    Chore(
        String name,
        String sql,
        IntFunction<Tuple> parameters,
        int largest,
        long restMs,
        int restWhenBusy) {
      this.name = name;
      this.sql = sql;
      this.parameters = parameters;
      this.largest = largest;
      this.restMs = restMs;
      this.restWhenBusy = restWhenBusy;
      this.most = largest;
    }

    boolean isDue(long now, long news) {
      return now >= notBefore && (news != seen || now >= lookAgain);
    }
  }

  private final Vertx vertx;
  private final Database database;
  private final List<Chore> chores;
  private final long timer;
  private long news;
  private long windowNews;
  private long windowStart = now();
  private boolean busy;
  private boolean working;
  private boolean closed;

  public BackgroundJobs(Vertx vertx, Database database) {
    this.vertx = vertx;
    this.database = database;
    this.chores =
        List.of(
            new Chore(
                "tally", "select tally_messages($1, $2)", BackgroundJobs::tally, TALLY, 1_000, 20),
            new Chore("index", "select index_items($1)", Tuple::of, INDEX, 500, 40));
    this.timer = vertx.setPeriodic(TICK_MS, tick -> work());
  }

  private static Tuple tally(int most) {
    return Tuple.of(most, Cover.hour(Instant.now().minus(Tallies.HOURS_KEPT)));
  }

  /** Something was written on this node. */
  public void heard() {
    news++;
  }

  public void close() {
    closed = true;
    vertx.cancelTimer(timer);
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private void work() {
    long now = now();
    watch(now);
    if (working || closed || !database.isThere()) {
      return;
    }
    chores.stream().filter(each -> each.isDue(now, news)).findFirst().ifPresent(this::work);
  }

  private void watch(long now) {
    long elapsed = now - windowStart;
    if (elapsed >= 1_000) {
      busy = (news - windowNews) * 1_000.0 / elapsed > BUSY_PER_SECOND;
      windowNews = news;
      windowStart = now;
    }
  }

  private void work(Chore chore) {
    working = true;
    long start = now();
    chore.seen = news;
    chore.lookAgain = start + MINUTE_MS;
    Future<Optional<Integer>> done =
        database
            .write(chore.sql, chore.parameters.apply(chore.most))
            .map(rows -> Optional.ofNullable(rows.iterator().next().getInteger(0)));
    done.onComplete(
        (count, failure) -> {
          working = false;
          if (failure == null) {
            worked(chore, count, now() - start);
          } else if (!closed) {
            failed(chore, failure);
          }
        });
  }

  private void worked(Chore chore, Optional<Integer> count, long took) {
    if (count.isEmpty()) {
      // whoever was at it may have looked before our news came
      chore.seen = -1;
      chore.notBefore = now() + chore.restMs;
      return;
    }
    boolean more = count.get() >= chore.most / 2;
    chore.most = Math.min(chore.largest, chore.most * 2);
    if (more) {
      chore.lookAgain = 0;
    }
    long quiet = more ? took : chore.restMs;
    chore.notBefore = now() + (busy ? Math.max(chore.restMs, took * chore.restWhenBusy) : quiet);
    if (more && !busy) {
      vertx.setTimer(Math.max(1, quiet), later -> work());
    }
  }

  // a batch that took too long is asked for in halves; what is wrong with us is told once a minute
  private void failed(Chore chore, Throwable failure) {
    chore.most = Math.max(LEAST, chore.most / 2);
    chore.lookAgain = 0;
    boolean outage = failure instanceof Outage;
    chore.notBefore = now() + (outage ? chore.restMs : MINUTE_MS);
    LOG.atLevel(outage ? Level.DEBUG : Level.ERROR)
        .addKeyValue("chore", chore.name)
        .setCause(failure)
        .log("work behind the scenes did not get done");
  }
}
