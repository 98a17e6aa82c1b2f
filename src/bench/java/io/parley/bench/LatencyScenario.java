package io.parley.bench;

import io.parley.bench.Report.Samples;

/** The latency of sends in an open loop at half of the measured capacity. */
final class LatencyScenario {
  private static final int CLIENTS = 16;

  private final BenchContext bench;
  private final SendLoad sends;
  private final Samples median = new Samples();
  private final Samples high = new Samples();
  private final Samples own = new Samples();
  private final Samples peerMedian = new Samples();
  private final Samples peerHigh = new Samples();

  LatencyScenario(BenchContext bench, SendLoad sends) {
    this.bench = bench;
    this.sends = sends;
  }

  void run(double fullRate) {
    double rate = fullRate / 2;
    MeasuredRound.Outcome _ = sends.open(bench.readSeconds(), rate);
    for (int round = 0; round < bench.rounds(); round++) {
      ours(rate);
      bench.pgbench().ifPresent(pgbench -> pgbench(pgbench, rate));
    }
    report(bench.report(), rate);
  }

  private void ours(double rate) {
    MeasuredRound.Outcome outcome = sends.open(bench.seconds(), rate);
    if (outcome.perSecond() < 0.9 * rate) {
      System.out.println("  fell behind: " + Report.number(outcome.perSecond()) + " a second");
    }
    median.add(outcome.millis(50));
    high.add(outcome.millis(99));
    own.add(outcome.lateness().getValueAtPercentile(99) / 1e6);
  }

  private void pgbench(PgBench pgbench, double rate) {
    var latency =
        pgbench
            .paced(PeerTables.DATABASE, PgBench.ONE_STATEMENT, CLIENTS, bench.seconds(), rate)
            .latency();
    peerMedian.add(latency.getValueAtPercentile(50) / 1e6);
    peerHigh.add(latency.getValueAtPercentile(99) / 1e6);
  }

  private void report(Report report, double rate) {
    report.title("Latency of sends at half that rate, ms from the intended moment");
    report.row("messages a second", rate);
    report.row("p50", median);
    report.row("p99", high);
    report.row("of which the load noticed late, p99", own);
    if (bench.pgbench().isEmpty()) {
      report.row("pgbench -R", PgBench.MISSING);
      return;
    }
    report.row("pgbench -R, one statement, p50", peerMedian);
    report.row("pgbench -R, one statement, p99", peerHigh);
    report.row("p50 against pgbench", Report.number(median.median() / peerMedian.median()) + "×");
    report.atMost("p99 against pgbench", high.median() / peerHigh.median(), 1.5, "×");
  }
}
