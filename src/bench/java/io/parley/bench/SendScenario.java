package io.parley.bench;

import io.parley.bench.Report.Samples;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Durable sends over REST, beside peers on the same PostgreSQL server. */
final class SendScenario {
  private static final int CLIENTS = 16;
  private static final long UNTIL_COUNTED = TimeUnit.MILLISECONDS.toNanos(11_000);

  private final BenchContext bench;
  private final SendLoad sends;
  private final Samples rates = new Samples();
  private final CpuCosts costs;
  private final Samples plain = new Samples();
  private final Samples plainCpu = new Samples();
  private final Samples best = new Samples();
  private final Samples bestCpu = new Samples();
  private final Samples fastify = new Samples();
  private final Samples fastifyCpu = new Samples();
  private long messages;
  private long idleSince = System.nanoTime();

  SendScenario(BenchContext bench, SendLoad sends) {
    this.bench = bench;
    this.sends = sends;
    this.costs = new CpuCosts(bench);
  }

  /** Messages a second, the median. */
  double run() throws Exception {
    Optional<FastifyPeer> peer = FastifyPeer.start(bench.postgres());
    try (FastifyPeer _ = peer.orElse(null)) {
      Optional<FastifyTraffic> requests = peer.map(each -> new FastifyTraffic(bench, sends, each));
      long commits = commits();
      messages += sends.closed(bench.warmSeconds()).answered();
      requests.ifPresent(each -> each.warm(bench.seconds()));
      for (int round = 0; round < bench.rounds(); round++) {
        ours();
        bench.pgbench().ifPresent(this::pgbench);
        requests.ifPresent(each -> each.measure(bench.seconds(), fastify, fastifyCpu));
      }
      requests.ifPresent(FastifyTraffic::close);
      report(bench.report(), (commits() - commits) / (double) messages);
    }
    return rates.median();
  }

  private void ours() {
    MeasuredRound.Outcome outcome = costs.of(() -> sends.closed(bench.seconds()));
    rates.add(outcome.perSecond());
    messages += outcome.answered();
    idleSince = System.nanoTime();
  }

  private void pgbench(PgBench pgbench) {
    PgBench.Outcome two = pgbench(pgbench, PgBench.BUMP_AND_INSERT);
    plain.add(two.perSecond());
    plainCpu.add(two.serverCpu());
    PgBench.Outcome one = pgbench(pgbench, PgBench.ONE_STATEMENT);
    best.add(one.perSecond());
    bestCpu.add(one.serverCpu());
  }

  private PgBench.Outcome pgbench(PgBench pgbench, String script) {
    return pgbench.run(PeerTables.DATABASE, script, CLIENTS, bench.seconds());
  }

  // a connection that falls idle tells its last commits up to ten seconds later
  private long commits() throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(UNTIL_COUNTED - (System.nanoTime() - idleSince));
    String sql = "select xact_commit from pg_stat_database where datname = 'gateway'";
    return bench.postgres().number("postgres", sql);
  }

  private void report(Report report, double commits) {
    report.title(
        "Durable sends: "
            + SendLoad.LINES
            + " connections, 1 000 groups of 10, 256 characters, client ids, tokens");
    report.row("messages a second", rates);
    if (bench.pgbench().isPresent()) {
      report.row("pgbench, bump + insert, one commit each", plain);
      report.row("pgbench, one statement", best);
    } else {
      report.row("pgbench", PgBench.MISSING);
    }
    report.row(
        "Fastify + pg, one statement", fastify.any() ? fastify.toString() : FastifyPeer.MISSING);
    if (bench.pgbench().isPresent()) {
      report.atLeast("against bump + insert", rates.median() / plain.median(), 1.7, "×");
      report.atLeast("against one statement", rates.median() / best.median(), 0.95, "×");
    }
    if (fastify.any()) {
      report.atLeast("against Fastify + pg", rates.median() / fastify.median(), 1.8, "×");
    }
    cpu(report);
    report.atMost("commits per message", commits, 0.2, "");
  }

  private void cpu(Report report) {
    report.atMost("CPU µs each, gateway", costs.gateway(), 45, "");
    report.atMost("CPU µs each, PostgreSQL", costs.database(), 45, "");
    report.atMost("CPU µs each, both", costs.both(), 90, "");
    costs.aside(report);
    if (bench.pgbench().isPresent()) {
      report.row("pgbench, bump + insert, CPU µs of PostgreSQL", plainCpu);
      report.row("pgbench, one statement, CPU µs of PostgreSQL", bestCpu);
    }
    if (fastify.any()) {
      report.row("Fastify + pg, CPU µs, Node.js + PostgreSQL", fastifyCpu);
    }
  }
}
