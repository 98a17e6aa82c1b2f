package io.parley.bench;

import io.parley.bench.Report.Samples;
import io.parley.testing.ChildProcess;
import java.util.function.DoubleSupplier;

/** An authenticated request without a database query, beside a server that does nothing. */
final class MeScenario {
  private static final int LINES = 32;

  private record Subject(
      HttpLoad load, RepeatedRequest request, DoubleSupplier cpu, Samples rates, Samples micros) {
    Subject(HttpLoad load, RepeatedRequest request, DoubleSupplier cpu) {
      this(load, request, cpu, new Samples(), new Samples());
    }

    void warm(double seconds) {
      MeasuredRound.Outcome _ = load.closed(LINES, seconds, request);
    }

    void measure(double seconds) {
      double before = cpu.getAsDouble();
      MeasuredRound.Outcome outcome = load.closed(LINES, seconds, request);
      rates.add(outcome.perSecond());
      micros.add((cpu.getAsDouble() - before) / outcome.answered());
    }
  }

  private final BenchContext bench;

  MeScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    String token = bench.server().user("reader");
    int port = ChildProcess.freePort();
    try (BenchProcess bare = BareHttpServer.process(port);
        HttpLoad ours = new HttpLoad(bench.server().port());
        HttpLoad limit = new HttpLoad(port)) {
      double _ = bare.awaitReady("http://127.0.0.1:" + port + "/");
      RepeatedRequest me = RepeatedRequest.get("/api/users/me", token, "\"username\":\"reader\"");
      RepeatedRequest plain = RepeatedRequest.get("/api/users/me", token, "\"username\":\"ann\"");
      measure(
          new Subject(ours, me, bench.server()::cpu),
          new Subject(limit, plain, () -> ProcessCpu.family(bare.pid())));
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
