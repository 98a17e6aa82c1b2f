package io.parley.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** A measured period: its connections, their counts, and its end. */
final class MeasuredRound {
  private static final long LONGEST = TimeUnit.MINUTES.toNanos(1);

  private final Traffic traffic;
  private final int lines;
  private final long nanos;
  private final Optional<OpenLoopSchedule> schedule;
  private final ConcurrentLinkedQueue<LoadConnection> connected = new ConcurrentLinkedQueue<>();
  private final AtomicInteger missing;
  private final AtomicInteger busy;
  private final LongAdder answered = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final Histogram latency = new ConcurrentHistogram(LONGEST, 3);
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private volatile long begin;
  private volatile String refusal = "";

  /** What came of it. */
  record Outcome(long answered, double seconds, Histogram latency, Histogram lateness) {
    double perSecond() {
      return answered / seconds;
    }

    double millis(double percentile) {
      return latency.getValueAtPercentile(percentile) / 1e6;
    }
  }

  MeasuredRound(Traffic traffic, int lines, double seconds, Optional<OpenLoopSchedule> schedule) {
    this.traffic = traffic;
    this.lines = lines;
    this.nanos = (long) (seconds * 1e9);
    this.schedule = schedule;
    this.missing = new AtomicInteger(lines);
    this.busy = new AtomicInteger(lines);
  }

  Traffic traffic() {
    return traffic;
  }

  /** The round begins when its last line is connected. */
  void connected(LoadConnection line) {
    connected.add(line);
    if (missing.decrementAndGet() > 0) {
      return;
    }
    begin = System.nanoTime();
    if (schedule.isPresent()) {
      line.execute(() -> schedule.get().begin(begin, begin + nanos, connected, this::over));
    } else {
      connected.forEach(each -> each.execute(() -> each.ask(System.nanoTime())));
    }
  }

  void answered(LoadConnection line, int number, int status, long due, ByteBuf body) {
    long now = System.nanoTime();
    latency.recordValue(Math.min(now - due, LONGEST - 1));
    if (status / 100 == 2) {
      answered.increment();
      traffic.answered(number, body);
    } else if (traffic.expects(status)) {
      traffic.refused(number, status, now - due);
    } else {
      refused.increment();
      refusal = status + " " + body.toString(StandardCharsets.UTF_8);
    }
    if (schedule.isPresent()) {
      schedule.get().free(line);
    } else if (now < begin + nanos) {
      line.ask(now);
    } else if (busy.decrementAndGet() == 0) {
      over();
    }
  }

  private void over() {
    double seconds = (System.nanoTime() - begin) / 1e9;
    connected.forEach(each -> each.execute(each::close));
    if (refused.sum() > 0) {
      fail(new IllegalStateException(refused.sum() + " requests were refused: " + refusal));
      return;
    }
    Histogram lateness = schedule.map(OpenLoopSchedule::lateness).orElseGet(() -> new Histogram(3));
    outcome.complete(new Outcome(answered.sum(), seconds, latency, lateness));
  }

  void fail(Throwable cause) {
    outcome.completeExceptionally(cause);
  }

  Outcome join() {
    return outcome.orTimeout(nanos + TimeUnit.SECONDS.toNanos(30), TimeUnit.NANOSECONDS).join();
  }

  int lines() {
    return lines;
  }
}
