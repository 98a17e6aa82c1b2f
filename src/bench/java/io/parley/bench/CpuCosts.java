package io.parley.bench;

import io.parley.bench.Report.Samples;
import java.util.function.Supplier;

/**
 * Microseconds of processor time per operation for each process, and the share of the machine that
 * unrelated programs took: with much of that, no number of the run means anything.
 */
final class CpuCosts {
  private final BenchContext bench;
  private final Samples gateway = new Samples();
  private final Samples database = new Samples();
  private final Samples load = new Samples();
  private final Samples others = new Samples();

  CpuCosts(BenchContext bench) {
    this.bench = bench;
  }

  MeasuredRound.Outcome of(Supplier<MeasuredRound.Outcome> round) {
    double gatewayBefore = bench.server().cpu();
    double databaseBefore = bench.postgres().cpu();
    double loadBefore = ProcessCpu.ours();
    double machineBefore = ProcessCpu.machine();
    MeasuredRound.Outcome outcome = round.get();
    double machine = ProcessCpu.machine() - machineBefore;
    double byLoad = ProcessCpu.ours() - loadBefore;
    double byDatabase = bench.postgres().cpu() - databaseBefore;
    double byGateway = bench.server().cpu() - gatewayBefore;
    gateway.add(byGateway / outcome.answered());
    database.add(byDatabase / outcome.answered());
    load.add(byLoad / outcome.answered());
    double possible = outcome.seconds() * 1e6 * Runtime.getRuntime().availableProcessors();
    double foreign = Math.max(0, machine - byGateway - byDatabase - byLoad);
    others.add(100 * Math.min(1, foreign / possible));
    return outcome;
  }

  double gateway() {
    return gateway.median();
  }

  double database() {
    return database.median();
  }

  double both() {
    return gateway() + database();
  }

  void rows(Report report) {
    report.row("CPU µs each, gateway", gateway);
    report.row("CPU µs each, PostgreSQL", database);
    aside(report);
  }

  void aside(Report report) {
    report.row("CPU µs each, the load itself", load);
    report.row("% of the machine taken by others", others);
  }
}
