package io.parley.live.transport;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The transports of one event loop that have unflushed output. Flushes each once, at the end of the
 * loop's turn, no matter how much was written to it.
 *
 * <p>Two things save system calls, which are nearly the whole cost of a fan-out. The flush waits
 * for a second turn, because changes that were committed together are published while the first is
 * being written. And after an expensive flush the queue rests for as long as that flush took, so
 * that events arriving meanwhile share the next one.
 */
public final class FlushQueue {
  private static final long BUSY_FLUSHES = 8;
  private static final long MIN_REST_NANOS = 200_000;
  private static final long MAX_REST_NANOS = 8_000_000;

  private final EventLoop loop;
  private final List<Transport> pending = new ArrayList<>();
  private boolean scheduled;
  private long lastFlushAt = System.nanoTime();
  private long lastFlushTook;

  public FlushQueue(EventLoop loop) {
    this.loop = loop;
  }

  /** Adds {@code transport}, which must not be queued already. */
  void add(Transport transport) {
    pending.add(transport);
    if (scheduled) {
      return;
    }
    scheduled = true;
    boolean isBusy = System.nanoTime() - lastFlushAt < BUSY_FLUSHES * lastFlushTook;
    if (isBusy && lastFlushTook > MIN_REST_NANOS) {
      long rest = Math.min(lastFlushTook, MAX_REST_NANOS);
      var _ = loop.schedule(this::flush, rest, TimeUnit.NANOSECONDS);
    } else {
      loop.execute(() -> loop.execute(this::flush));
    }
  }

  private void flush() {
    scheduled = false;
    long began = System.nanoTime();
    // by index: flushing may add transports
    for (int i = 0; i < pending.size(); i++) {
      pending.get(i).flush();
    }
    pending.clear();
    lastFlushAt = System.nanoTime();
    lastFlushTook = lastFlushAt - began;
  }
}
