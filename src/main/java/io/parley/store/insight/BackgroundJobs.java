package io.parley.store.insight;

import io.parley.flow.Outage;
import io.parley.insight.Cover;
import io.parley.store.db.Database;
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
 * The jobs that follow the append path: tallying messages and indexing words. They run one at a
 * time, in small transactions that may be killed at any moment. Every node tries, and an advisory
 * lock of the database admits one.
 *
 * <p>While the node is busy a job takes a small share of the time and falls behind, for which its
 * readers compensate; when the node is quiet it catches up at once. Without changes on this node a
 * job runs once a minute, for what other nodes left undone. Confined to one event loop.
 */
public final class BackgroundJobs {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundJobs.class);
  private static final long TICK_MS = 250;
  private static final long MINUTE_MS = 60_000;
  private static final int MIN_BATCH = 50;
  private static final double BUSY_CHANGES_PER_SECOND = 500;
  private static final int TALLY_BATCH = 20_000;
  private static final int INDEX_BATCH = 1_000;

  /**
   * One kind of job. While the node is busy it rests {@code busyPauseFactor} times as it worked.
   */
  private static final class Job {
    final String name;
    final String sql;
    final IntFunction<Tuple> parameters;
    final int maxBatch;
    final long pauseMs;
    final int busyPauseFactor;
    int batch;
    long seenChanges = -1;
    long notBefore;
    long runAnywayAt;

    Job(
        String name,
        String sql,
        IntFunction<Tuple> parameters,
        int maxBatch,
        long pauseMs,
        int busyPauseFactor) {
      this.name = name;
      this.sql = sql;
      this.parameters = parameters;
      this.maxBatch = maxBatch;
      this.pauseMs = pauseMs;
      this.busyPauseFactor = busyPauseFactor;
      this.batch = maxBatch;
    }

    boolean isDue(long now, long changes) {
      return now >= notBefore && (changes != seenChanges || now >= runAnywayAt);
    }
  }

  private final Vertx vertx;
  private final Database database;
  private final List<Job> jobs;
  private final long timer;
  private long changes;
  private long windowChanges;
  private long windowStart = now();
  private boolean busy;
  private boolean running;
  private boolean closed;

  public BackgroundJobs(Vertx vertx, Database database) {
    this.vertx = vertx;
    this.database = database;
    this.jobs =
        List.of(
            new Job(
                "tally",
                "select tally_messages($1, $2)",
                BackgroundJobs::tallyParameters,
                TALLY_BATCH,
                1_000,
                20),
            new Job("index", "select index_items($1)", Tuple::of, INDEX_BATCH, 500, 40));
    this.timer = vertx.setPeriodic(TICK_MS, tick -> runDueJob());
  }

  private static Tuple tallyParameters(int batch) {
    return Tuple.of(batch, Cover.hour(Instant.now().minus(Tallies.HOURS_KEPT)));
  }

  /** Notes that a timeline changed on this node. */
  public void noteChange() {
    changes++;
  }

  public void close() {
    closed = true;
    vertx.cancelTimer(timer);
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private void runDueJob() {
    long now = now();
    measureLoad(now);
    if (running || closed || !database.isAvailable()) {
      return;
    }
    jobs.stream().filter(each -> each.isDue(now, changes)).findFirst().ifPresent(this::run);
  }

  private void measureLoad(long now) {
    long elapsed = now - windowStart;
    if (elapsed >= 1_000) {
      busy = (changes - windowChanges) * 1_000.0 / elapsed > BUSY_CHANGES_PER_SECOND;
      windowChanges = changes;
      windowStart = now;
    }
  }

  private void run(Job job) {
    running = true;
    long start = now();
    job.seenChanges = changes;
    job.runAnywayAt = start + MINUTE_MS;
    database
        .write(job.sql, job.parameters.apply(job.batch))
        .map(rows -> Optional.ofNullable(rows.iterator().next().getInteger(0)))
        .onComplete(
            (count, failure) -> {
              running = false;
              if (failure == null) {
                scheduleNext(job, count, now() - start);
              } else if (!closed) {
                handleFailure(job, failure);
              }
            });
  }

  /** {@code count} is how many rows the job processed; empty if another node is running it. */
  private void scheduleNext(Job job, Optional<Integer> count, long tookMs) {
    if (count.isEmpty()) {
      // the other node may have looked before our changes were committed
      job.seenChanges = -1;
      job.notBefore = now() + job.pauseMs;
      return;
    }
    boolean more = count.get() >= job.batch / 2;
    job.batch = Math.min(job.maxBatch, job.batch * 2);
    if (more) {
      job.runAnywayAt = 0;
    }
    long quietPause = more ? tookMs : job.pauseMs;
    long busyPause = Math.max(job.pauseMs, tookMs * job.busyPauseFactor);
    job.notBefore = now() + (busy ? busyPause : quietPause);
    if (more && !busy) {
      vertx.setTimer(Math.max(1, quietPause), later -> runDueJob());
    }
  }

  // the batch may have been too large for the statement time-out, so the next one is half of it; a
  // bug is retried, and logged, once a minute
  private void handleFailure(Job job, Throwable failure) {
    job.batch = Math.max(MIN_BATCH, job.batch / 2);
    job.runAnywayAt = 0;
    boolean outage = failure instanceof Outage;
    job.notBefore = now() + (outage ? job.pauseMs : MINUTE_MS);
    LOG.atLevel(outage ? Level.DEBUG : Level.ERROR)
        .addKeyValue("job", job.name)
        .setCause(failure)
        .log("Background job failed, will be retried");
  }
}
