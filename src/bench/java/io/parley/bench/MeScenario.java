package io.parley.bench;

import io.parley.bench.Report.Samples;
import java.util.function.DoubleSupplier;

/** An authenticated request that asks nobody else, beside a server that does nothing. */
final class MeScenario {
  private static final int LINES = 32;

  private record Subject(
      Load load, SameRequest request, DoubleSupplier cpu, Samples rates, Samples micros) {
    Subject(Load load, SameRequest request, DoubleSupplier cpu) {
      this(load, request, cpu, new Samples(), new Samples());
    }

    void warm(double seconds) {
      Round.Outcome _ = load.closed(LINES, seconds, request);
    }

    void measure(double seconds) {
      double before = cpu.getAsDouble();
      Round.Outcome outcome = load.closed(LINES, seconds, request);
      rates.add(outcome.perSecond());
      micros.add((cpu.getAsDouble() - before) / outcome.answered());
    }
  }

  private final Bench bench;

  MeScenario(Bench bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    String token = bench.server().user("reader");
    int port = Child.freePort();
    try (Child bare = BareServer.process(port);
        Load ours = new Load(bench.server().port());
        Load limit = new Load(port)) {
      double _ = bare.ready("http://127.0.0.1:" + port + "/");
      SameRequest me = SameRequest.get("/api/users/me", token, "\"username\":\"reader\"");
      SameRequest plain = SameRequest.get("/api/users/me", token, "\"username\":\"ann\"");
      measure(
          new Subject(ours, me, bench.server()::cpu),
          new Subject(limit, plain, () -> Cpu.family(bare.pid())));
    }
  }

  private void measure(Subject gateway, Subject bare) {
    gateway.warm(bench.readSeconds());
    bare.warm(bench.readSeconds());
    for (int round = 0; round < bench.rounds(); round++) {
      gateway.measure(bench.readSeconds());
      bare.measure(bench.readSeconds());
    }
    Report report = bench.report();
    report.title("GET /api/users/me, with a token, " + LINES + " connections");
    report.row("requests a second", gateway.rates());
    report.row("bare Vert.x, requests a second", bare.rates());
    report.row("CPU µs per request", gateway.micros());
    report.row("bare Vert.x, CPU µs per request", bare.micros());
    double ratio = gateway.rates().median() / bare.rates().median();
    report.atLeast("against bare Vert.x", ratio, 0.5, "×");
  }
}
