package io.parley.store.delivery;

import io.parley.channel.DeliveryFilter;
import io.parley.channel.DispatchVerbs.RedriveAll;
import io.parley.channel.DispatchVerbs.Redriven;
import io.parley.store.db.Database;
import io.parley.store.delivery.DeliveryUpdates.Applied;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Redrives of many deliveries: batch by batch, the oldest first, for as long as one request may
 * take. Deliveries of a conversation that somebody else holds are tried again with each later
 * batch, so that they delay nothing else. If they are still locked in the end, the answer continues
 * before the first of them.
 */
final class Redrives {
  private static final int MAX_DRY_RUN = 100_000;
  private static final int BATCH = 500;
  private static final Duration TIME = Duration.ofSeconds(2);
  private static final long LOCKED_PAUSE_MS = 100;

  private final Vertx vertx;
  private final Database database;
  private final DeliveryUpdates updates;

  Redrives(Vertx vertx, Database database, DeliveryUpdates updates) {
    this.vertx = vertx;
    this.database = database;
    this.updates = updates;
  }

  /** A delivery whose conversation is locked, and the one that was found before it, if any. */
  private record Locked(long delivery, OptionalLong predecessor) {}

  /** How far one request has come: the last delivery that it found, and what it left behind. */
  private record Progress(
      DeliveryFilter filter,
      long beganNanos,
      OptionalLong last,
      long redriven,
      List<Locked> locked) {
    boolean hasTime() {
      return System.nanoTime() - beganNanos < TIME.toNanos();
    }

    Redriven stopped() {
      return new Redriven(
          redriven, true, locked.isEmpty() ? last : locked.getFirst().predecessor());
    }

    Redriven completed() {
      return new Redriven(redriven, false, OptionalLong.empty());
    }
  }

  Future<Redriven> redrive(RedriveAll request) {
    return request.dryRun()
        ? countEnded(request)
        : redrive(new Progress(request.filter(), System.nanoTime(), request.after(), 0, List.of()));
  }

  private Future<Redriven> countEnded(RedriveAll request) {
    DeliveryQuery query = DeliveryQuery.ofEnded(request.filter());
    String ids = query.oldestFirst(request.after(), MAX_DRY_RUN + 1L);
    return database
        .heavyRead("select count(*) as number from (" + ids + ") f", query.parameters())
        .map(
            rows -> {
              long number = rows.iterator().next().getLong("number");
              return new Redriven(
                  Math.min(number, MAX_DRY_RUN), number > MAX_DRY_RUN, OptionalLong.empty());
            });
  }

  // if a later batch fails, the answer reports the earlier ones, and a repeat continues behind them
  private Future<Redriven> redrive(Progress progress) {
    return findEnded(progress)
        .compose(found -> redriveBatch(progress, found))
        .recover(failure -> failed(progress, failure));
  }

  private static Future<Redriven> failed(Progress progress, Throwable failure) {
    return progress.redriven() > 0
        ? Future.succeededFuture(progress.stopped())
        : Future.failedFuture(failure);
  }

  private Future<List<Long>> findEnded(Progress progress) {
    DeliveryQuery query = DeliveryQuery.ofEnded(progress.filter());
    String ids = query.oldestFirst(progress.last(), BATCH + 1L);
    return database
        .write(ids, query.parameters())
        .map(
            rows -> {
              List<Long> found = new ArrayList<>();
              rows.forEach(row -> found.add(row.getLong("id")));
              return found;
            });
  }

  private Future<Redriven> redriveBatch(Progress progress, List<Long> found) {
    boolean more = found.size() > BATCH;
    List<Long> fresh = more ? found.subList(0, BATCH) : found;
    List<Long> batch =
        Stream.concat(progress.locked().stream().map(Locked::delivery), fresh.stream()).toList();
    if (batch.isEmpty()) {
      return Future.succeededFuture(progress.completed());
    }
    return updates
        .redriveFree(batch)
        .map(applied -> advanced(progress, fresh, applied))
        .compose(advanced -> goOn(advanced, more));
  }

  private static Progress advanced(Progress progress, List<Long> fresh, Applied applied) {
    List<Locked> locked =
        new ArrayList<>(
            progress.locked().stream()
                .filter(each -> applied.locked().contains(each.delivery()))
                .toList());
    OptionalLong last = progress.last();
    for (long delivery : fresh) {
      if (applied.locked().contains(delivery)) {
        locked.add(new Locked(delivery, last));
      }
      last = OptionalLong.of(delivery);
    }
    return new Progress(
        progress.filter(),
        progress.beganNanos(),
        last,
        progress.redriven() + applied.changed(),
        locked);
  }

  private Future<Redriven> goOn(Progress progress, boolean more) {
    if (!more && progress.locked().isEmpty()) {
      return Future.succeededFuture(progress.completed());
    }
    if (!progress.hasTime()) {
      return Future.succeededFuture(progress.stopped());
    }
    return more
        ? redrive(progress)
        : vertx
            .timer(LOCKED_PAUSE_MS, TimeUnit.MILLISECONDS)
            .compose(pause -> redriveBatch(progress, List.of()))
            .recover(failure -> failed(progress, failure));
  }
}
