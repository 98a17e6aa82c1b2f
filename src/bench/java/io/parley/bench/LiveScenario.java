package io.parley.bench;

import io.netty.channel.EventLoop;
import io.parley.bench.Report.Samples;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What people wait for: from the moment they say something to the moment everybody has heard it. */
final class LiveScenario {
  private static final int USERS = 1_000;
  private static final int[] RATES = {1_000, 2_000};

  private final Bench bench;

  LiveScenario(Bench bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    Crowd crowd = new Crowd(bench, "live", USERS, 1);
    try (Ears pool = new Ears()) {
      Chatter chatter = new Chatter(crowd, USERS);
      chatter.connect(pool, bench.server().port());
      talk(pool, chatter, crowd, RATES[0], bench.warmSeconds());
      for (int rate : RATES) {
        measure(pool, chatter, crowd, rate);
      }
    }
  }

  private void measure(Ears pool, Chatter chatter, Crowd crowd, int rate) {
    Samples median = new Samples();
    Samples high = new Samples();
    Samples gateway = new Samples();
    Samples database = new Samples();
    for (int round = 0; round < bench.rounds(); round++) {
      chatter.startAnew();
      long before = chatter.said();
      double gatewayBefore = bench.server().cpu();
      double databaseBefore = bench.postgres().cpu();
      talk(pool, chatter, crowd, rate, bench.seconds());
      double messages = chatter.said() - before;
      gateway.add((bench.server().cpu() - gatewayBefore) / messages);
      database.add((bench.postgres().cpu() - databaseBefore) / messages);
      Histogram latency = chatter.startAnew();
      median.add(latency.getValueAtPercentile(50) / 1e6);
      high.add(latency.getValueAtPercentile(99) / 1e6);
    }
    Report report = bench.report();
    report.title(
        "Durable end to end: " + USERS + " people online in groups of 10, " + rate + " messages a second");
    report.row("ms from the intended moment to the last of ten, p50", median);
    report.row("p99", high);
    if (rate == RATES[0]) {
      report.atMost("p99", high.median(), 18, " ms");
    }
    report.row("CPU µs each, gateway", gateway);
    report.row("CPU µs each, PostgreSQL", database);
    report.atMost("CPU µs each, both", gateway.median() + database.median(), 480, "");
  }

  /** An open loop: what is due is due, whatever became of the one before. */
  private void talk(Ears pool, Chatter chatter, Crowd crowd, int rate, double seconds) {
    EventLoop loop = pool.loops().next();
    CompletableFuture<Void> over = new CompletableFuture<>();
    long now = System.nanoTime();
    loop.execute(
        () -> new Ticks(loop, chatter, crowd, rate, now + (long) (seconds * 1e9), over).tick());
    over.join();
    chatter.settle();
  }

  private static final class Ticks {
    private final SplittableRandom random = new SplittableRandom(7);
    private final EventLoop loop;
    private final Chatter chatter;
    private final Crowd crowd;
    private final double gap;
    private final long end;
    private final CompletableFuture<Void> over;
    private long next = System.nanoTime();

    Ticks(
        EventLoop loop,
        Chatter chatter,
        Crowd crowd,
        int rate,
        long end,
        CompletableFuture<Void> over) {
      this.loop = loop;
      this.chatter = chatter;
      this.crowd = crowd;
      this.gap = 1e9 / rate;
      this.end = end;
      this.over = over;
    }

    void tick() {
      long now = System.nanoTime();
      while (next <= now && next < end) {
        chatter.say(random.nextInt(crowd.groups()), random.nextInt(Crowd.GROUP), next);
        next += (long) (-Math.log(1 - random.nextDouble()) * gap);
      }
      if (next < end) {
        var _ = loop.schedule(this::tick, next - System.nanoTime(), TimeUnit.NANOSECONDS);
      } else {
        over.complete(null);
      }
    }
  }
}
