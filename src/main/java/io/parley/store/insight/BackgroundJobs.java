package io.parley.store.insight;

import io.parley.flow.Outage;
import io.parley.insight.Cover;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs that follow the append path: tallying messages and indexing words. They run one at a
 * time, in small transactions that may be killed at any moment, for the conversations that changed
 * on this node. Every node tries, and an advisory lock of the database admits one.
 *
 * <p>While the node is busy a job takes a small share of the time and falls behind, for which its
 * readers compensate; when the node is quiet it catches up at once. Confined to one event loop.
 */
public final class BackgroundJobs {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundJobs.class);
  private static final long TICK_MS = 250;
  private static final double BUSY_CHANGES_PER_SECOND = 500;
  private static final int MAX_FOUND = 10_000;
  private static final int DAYS_PER_TIDYING = 20;

  private static final String TALLY = "tally";
  private static final String INDEX = "index";
  private static final String TALLY_SQL =
      "select messages as count, unfinished, null::text[] as failed from tally_conversations($1, $2)";
  private static final String INDEX_SQL =
      "select items as count, unfinished, failed from index_conversations($1, $2)";
  private static final String TIDY_SQL = "select delete_tally_hours($1) + sum_up_days($2) as count";

  private final Vertx vertx;
  private final Database database;
  private final BackgroundJobListener listener;
  private final List<BackgroundJob> jobs =
      List.of(
          new BackgroundJob(TALLY, 20_000, 1_000, 20, true),
          new BackgroundJob(INDEX, 1_000, 500, 40, false));
  private final long timer;
  private long changes;
  private long windowChanges;
  private long windowStart = now();
  private boolean busy;
  private boolean running;
  private boolean closed;

  public BackgroundJobs(Vertx vertx, Database database, BackgroundJobListener listener) {
    this.vertx = vertx;
    this.database = database;
    this.listener = listener;
    this.timer = vertx.setPeriodic(TICK_MS, tick -> tick());
    database.onUnknownOutcome(age -> jobs.forEach(BackgroundJob::requestRound));
  }

  /** Notes that a conversation changed on this node. */
  public void noteChange(long conversation) {
    changes++;
    long now = now();
    jobs.forEach(job -> job.note(conversation, now));
  }

  public void close() {
    closed = true;
    vertx.cancelTimer(timer);
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private void tick() {
    long now = now();
    measureLoad(now);
    jobs.forEach(job -> listener.progressed(job.name(), job.waiting(), job.behindSeconds(now)));
    runDueJob();
  }

  private void measureLoad(long now) {
    long elapsed = now - windowStart;
    if (elapsed >= 1_000) {
      busy = (changes - windowChanges) * 1_000.0 / elapsed > BUSY_CHANGES_PER_SECOND;
      windowChanges = changes;
      windowStart = now;
    }
  }

  private void runDueJob() {
    if (running || closed || !database.isAvailable()) {
      return;
    }
    long now = now();
    for (BackgroundJob job : jobs) {
      Optional<BackgroundJob.Step> step = job.due(now);
      if (step.isPresent()) {
        run(job, step.get());
        return;
      }
    }
  }

  private void run(BackgroundJob job, BackgroundJob.Step step) {
    running = true;
    long start = now();
    Future<?> done =
        switch (step) {
          case BATCH -> runBatch(job);
          case ROUND -> runRound(job);
          case TIDY -> tidy(job);
        };
    done.onComplete(
        (any, failure) -> {
          running = false;
          vertx.setTimer(Math.max(1, now() - start), later -> runDueJob());
        });
  }

  private Future<?> runBatch(BackgroundJob job) {
    List<Long> batch = job.takeBatch();
    long start = now();
    return ask(
            job.name().equals(TALLY) ? TALLY_SQL : INDEX_SQL,
            Tuple.of(batch.toArray(Long[]::new), job.items()))
        .onSuccess(row -> batchDone(job, batch, row, now() - start))
        .onFailure(failure -> batchFailed(job, batch, failure));
  }

  private void batchDone(BackgroundJob job, List<Long> batch, Row row, long tookMs) {
    Integer count = row.getInteger("count");
    if (count == null) {
      job.batchBlocked(batch, now());
      return;
    }
    job.batchDone(count, UnfinishedRound.conversations(row, "unfinished"), tookMs, busy, now());
    String[] failed = row.getArrayOfStrings("failed");
    if (failed != null) {
      listener.skipped(job.name(), failed.length);
      LOG.atError()
          .addKeyValue("items", String.join(" ", failed))
          .log("Items cannot be indexed for search, see table unindexed_item");
    }
  }

  private void batchFailed(BackgroundJob job, List<Long> batch, Throwable failure) {
    if (closed) {
      return;
    }
    if (failure instanceof Outage) {
      job.batchInterrupted(batch, now());
      logInterrupted(job, failure);
      return;
    }
    job.batchFailed(batch, now())
        .ifPresent(
            conversation -> {
              listener.skipped(job.name(), 1);
              LOG.atError()
                  .addKeyValue("job", job.name())
                  .addKeyValue("conversation", conversation)
                  .setCause(failure)
                  .log("Background job cannot process a conversation, will be retried in an hour");
            });
  }

  private Future<?> runRound(BackgroundJob job) {
    long start = now();
    return ask(
            UnfinishedRound.SQL,
            Tuple.of(
                job.name(),
                MAX_FOUND,
                job.setAside(start).toArray(Long[]::new),
                job.pauseSeconds(),
                job.scans(start)))
        .map(UnfinishedRound::of)
        .onSuccess(round -> job.roundDone(round, now() - start, busy, now()))
        .onFailure(
            failure -> {
              if (failure instanceof Outage) {
                job.roundInterrupted(now());
                logInterrupted(job, failure);
              } else {
                job.roundFailed(now());
                logFailed(job, failure);
              }
            });
  }

  private Future<?> tidy(BackgroundJob job) {
    long start = now();
    return ask(
            TIDY_SQL,
            Tuple.of(Cover.hour(Instant.now().minus(Tallies.HOURS_KEPT)), DAYS_PER_TIDYING))
        .map(row -> Optional.ofNullable(row.getInteger("count")))
        .onSuccess(count -> job.tidied(count, now() - start, busy, now()))
        .onFailure(
            failure -> {
              job.tidyFailed(now());
              if (!(failure instanceof Outage)) {
                logFailed(job, failure);
              }
            });
  }

  private Future<Row> ask(String sql, Tuple parameters) {
    return database.write(sql, parameters).map(rows -> rows.iterator().next());
  }

  private static void logInterrupted(BackgroundJob job, Throwable failure) {
    LOG.atDebug()
        .addKeyValue("job", job.name())
        .setCause(failure)
        .log("Background job interrupted, will be retried");
  }

  private void logFailed(BackgroundJob job, Throwable failure) {
    if (!closed) {
      LOG.atError()
          .addKeyValue("job", job.name())
          .setCause(failure)
          .log("Background job failed, will be retried");
    }
  }
}
