package io.parley.bench;

import io.parley.bench.Report.Samples;
import java.util.function.Supplier;

/**
 * Microseconds of processor time per operation, by who spent them; and how much of the machine was
 * taken by programs that have nothing to do with the run, without which no number here means much.
 */
final class Costs {
  private final Bench bench;
  private final Samples gateway = new Samples();
  private final Samples database = new Samples();
  private final Samples load = new Samples();
  private final Samples others = new Samples();

  Costs(Bench bench) {
    this.bench = bench;
  }

  Round.Outcome of(Supplier<Round.Outcome> round) {
    double gatewayBefore = bench.server().cpu();
    double databaseBefore = bench.postgres().cpu();
    double loadBefore = Cpu.ours();
    double machineBefore = Cpu.machine();
    Round.Outcome outcome = round.get();
    double machine = Cpu.machine() - machineBefore;
    double byLoad = Cpu.ours() - loadBefore;
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
