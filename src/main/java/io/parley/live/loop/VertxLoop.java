package io.parley.live.loop;

import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/** The Vert.x event loop it was created on. */
public final class VertxLoop implements Loop {
  private final Vertx vertx;
  private final ContextInternal context;
  private final InstantSource clock;

  public VertxLoop(Vertx vertx, InstantSource clock) {
    this.vertx = vertx;
    this.context = (ContextInternal) vertx.getOrCreateContext();
    this.clock = clock;
  }

  public ContextInternal context() {
    return context;
  }

  @Override
  public long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  @Override
  public Instant instant() {
    return clock.instant();
  }

  @Override
  public void after(long millis, Runnable task) {
    vertx.setTimer(millis, timer -> task.run());
  }

  @Override
  public void execute(Runnable task) {
    context.runOnContext(ignored -> task.run());
  }

  @Override
  public <T> void whenDone(Future<T> work, Completable<T> next) {
    work.onComplete(
        (value, failure) -> {
          if (Vertx.currentContext() == context) {
            next.complete(value, failure);
          } else {
            context.runOnContext(ignored -> next.complete(value, failure));
          }
        });
  }
}
