package io.parley.bench;

import io.parley.bench.Report.Samples;
import io.parley.testing.ChildProcess;
import java.nio.file.Path;
import java.util.Map;

/** The time from the start of the process until it is ready, with a current schema. */
final class StartScenario {
  private static final Path DATA = Path.of("target", "bench-start");

  private final BenchContext bench;
  private final Samples external = new Samples();
  private final Samples embedded = new Samples();
  private final Samples bare = new Samples();

  StartScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws InterruptedException {
    int starts = bench.quick() ? 3 : 10;
    double _ = embedded(); // the first one makes the database
    for (int i = 0; i < starts; i++) {
      external.add(external());
      embedded.add(embedded());
      bare.add(bare());
    }
    Report report = bench.report();
    report.title("Cold start to ready, ms, over " + starts + " starts");
    report.row("bare Vert.x", bare);
    report.row("embedded database", embedded);
    report.row("external database", external);
    report.atMost("external database, median", external.median(), 1_500, "");
  }

  private double external() throws InterruptedException {
    int port = ChildProcess.freePort();
    return gateway(GatewayServer.external(bench.postgres(), port), port);
  }

  private static double embedded() throws InterruptedException {
    int port = ChildProcess.freePort();
    Map<String, String> sandbox =
        Map.of(
            "PARLEY_MODE", "sandbox",
            "PARLEY_DATA_DIR", DATA.toString(),
            "PARLEY_HTTP_PORT", Integer.toString(port),
            "PARLEY_SIMULATOR_PORT", Integer.toString(ChildProcess.freePort()));
    return gateway(sandbox, port);
  }

  private static double gateway(Map<String, String> environment, int port)
      throws InterruptedException {
    try (BenchProcess child = GatewayServer.process("start", environment)) {
      return child.awaitReady("http://127.0.0.1:" + port + "/health/ready");
    }
  }

  private static double bare() throws InterruptedException {
    int port = ChildProcess.freePort();
    try (BenchProcess child = BareHttpServer.process(port)) {
      return child.awaitReady("http://127.0.0.1:" + port + "/");
    }
  }
}
