package io.parley.bench;

import io.netty.channel.EventLoop;
import io.parley.bench.Report.Samples;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The latency users feel: from the moment a message was due until every member has received it. */
final class LiveScenario {
  private static final int USERS = 1_000;
  private static final int[] RATES = {1_000, 2_000};

  /** 480 µs, on a machine on which the peer takes 183 for a send that nobody hears of. */
  private static final double MOST_AGAINST_PEER = 480.0 / 183;

  private final BenchContext bench;

  LiveScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    SeededUsers crowd = new SeededUsers(bench, "live", USERS, 1);
    Optional<FastifyPeer> node = FastifyPeer.start(bench.postgres());
    try (FastifyPeer _ = node.orElse(null);
        SendLoad sends = new SendLoad(bench);
        BenchSockets pool = new BenchSockets()) {
      Optional<FastifyTraffic> peer = node.map(each -> new FastifyTraffic(bench, sends, each));
      peer.ifPresent(each -> each.warm(bench.seconds()));
      GroupChatLoad chatter = new GroupChatLoad(crowd, USERS);
      chatter.connect(pool, bench.server().port());
      talk(pool, chatter, crowd, RATES[0], bench.warmSeconds());
      for (int rate : RATES) {
        measure(pool, chatter, crowd, peer, rate);
      }
      peer.ifPresent(FastifyTraffic::close);
    }
  }

  private void measure(
      BenchSockets pool,
      GroupChatLoad chatter,
      SeededUsers crowd,
      Optional<FastifyTraffic> peer,
      int rate) {
    Samples median = new Samples();
    Samples high = new Samples();
    Samples gateway = new Samples();
    Samples database = new Samples();
    Samples peerCpu = new Samples();
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
      peer.ifPresent(each -> each.measure(bench.seconds(), new Samples(), peerCpu));
    }
    Report report = bench.report();
    report.title(
        "Durable end to end: "
            + USERS
            + " people online in groups of 10, "
            + rate
            + " messages a second");
    report.row("ms from the intended moment to the last of ten, p50", median);
    report.row("p99", high);
    if (rate == RATES[0]) {
      report.atMost("p99", high.median(), 18, " ms");
    }
    report.row("CPU µs each, gateway", gateway);
    report.row("CPU µs each, PostgreSQL", database);
    double both = gateway.median() + database.median();
    report.atMost("CPU µs each, both", both, 480, "");
    if (peerCpu.any()) {
      report.row("Fastify + pg, a send that nobody hears of, 64 at once, CPU µs", peerCpu);
      report.atMost("CPU against that", both / peerCpu.median(), MOST_AGAINST_PEER, "×");
    }
  }

  /** An open loop: what is due is due, whatever became of the one before. */
  private void talk(
      BenchSockets pool, GroupChatLoad chatter, SeededUsers crowd, int rate, double seconds) {
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
    private final GroupChatLoad chatter;
    private final SeededUsers crowd;
    private final double gap;
    private final long end;
    private final CompletableFuture<Void> over;
    private long next = System.nanoTime();

    Ticks(
        EventLoop loop,
        GroupChatLoad chatter,
        SeededUsers crowd,
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
        chatter.say(random.nextInt(crowd.groups()), random.nextInt(SeededUsers.GROUP), next);
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
