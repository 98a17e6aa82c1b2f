package io.parley.bench;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The due times of requests in an open loop: random moments of a fixed rate, as in pgbench. A
 * request that is due while every connection is busy waits, and its wait counts, so that a server
 * that stalls cannot hide it. Confined to one event loop.
 */
final class OpenLoopSchedule {
  private static final long SEED = 42;

  private final EventLoop loop;
  private final double gap;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Queue<LoadConnection> idle = new ArrayDeque<>();
  private final Queue<Long> late = new ArrayDeque<>();
  private final Histogram lateness = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
  private int lines;
  private long next;
  private long end;
  private Runnable over = () -> {};

  OpenLoopSchedule(EventLoop loop, double perSecond) {
    this.loop = loop;
    this.gap = 1e9 / perSecond;
  }

  void begin(long begin, long until, Collection<LoadConnection> connected, Runnable atEnd) {
    idle.addAll(connected);
    lines = connected.size();
    next = begin + gap();
    end = until;
    over = atEnd;
    tick();
  }

  private long gap() {
    return (long) (-Math.log(1 - random.nextDouble()) * gap);
  }

  private void tick() {
    long now = System.nanoTime();
    while (next <= now && next < end) {
      lateness.recordValue(now - next);
      late.add(next);
      next += gap();
    }
    serve();
    if (next < end) {
      var _ = loop.schedule(this::tick, next - System.nanoTime(), TimeUnit.NANOSECONDS);
    } else {
      endWhenIdle();
    }
  }

  void free(LoadConnection line) {
    idle.add(line);
    serve();
    if (next >= end) {
      endWhenIdle();
    }
  }

  private void serve() {
    while (!late.isEmpty() && !idle.isEmpty()) {
      idle.remove().ask(late.remove());
    }
  }

  private void endWhenIdle() {
    if (late.isEmpty() && idle.size() == lines) {
      over.run();
      lines = -1; // once
    }
  }

  /** How late the load itself noticed what was due. */
  Histogram lateness() {
    return lateness;
  }
}
