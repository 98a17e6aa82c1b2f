package io.parley.live.loop;

import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A loop in virtual time: nothing happens until a test lets time pass. */
public final class VirtualLoop implements Loop {
  private record Task(long at, long number, Runnable action) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::number));
  private long now;
  private long added;

  @Override
  public long now() {
    return now;
  }

  @Override
  public Instant instant() {
    return Instant.EPOCH.plusMillis(now);
  }

  @Override
  public void after(long millis, Runnable task) {
    tasks.add(new Task(now + Math.max(0, millis), added++, task));
  }

  @Override
  public void execute(Runnable task) {
    after(0, task);
  }

  @Override
  public <T> void whenDone(Future<T> work, Completable<T> next) {
    work.onComplete(next);
  }

  /** A future that gets its value after {@code millis}. */
  public <T> Future<T> later(long millis, T value) {
    Promise<T> promise = Promise.promise();
    after(millis, () -> promise.complete(value));
    return promise.future();
  }

  /** A future that fails after {@code millis}. */
  public <T> Future<T> failLater(long millis, Throwable failure) {
    Promise<T> promise = Promise.promise();
    after(millis, () -> promise.fail(failure));
    return promise.future();
  }

  /** Runs everything that becomes due within {@code millis}. */
  public void advance(long millis) {
    long until = now + millis;
    while (!tasks.isEmpty() && tasks.peek().at() <= until) {
      Task next = tasks.poll();
      now = next.at();
      next.action().run();
    }
    now = until;
  }
}
