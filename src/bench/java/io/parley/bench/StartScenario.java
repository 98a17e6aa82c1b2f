package io.parley.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** From nothing to ready, with a current database. */
final class StartScenario {
  private StartScenario() {}

  static void run(Server server, int starts, Report report) throws Exception {
    report.title("Cold start to ready, over " + starts + " starts");
    List<Double> external = new ArrayList<>();
    List<Double> embedded = new ArrayList<>();
    List<Double> bare = new ArrayList<>();
    Path data = Path.of("target", "bench-start");
    for (int i = 0; i < starts; i++) {
      int port = Child.freePort();
      external.add(started(Server.environment(server.url, port), port));
      Map<String, String> sandbox = new HashMap<>(Map.of("PARLEY_MODE", "sandbox", "PARLEY_DATA_DIR", data.toString()));
      sandbox.put("PARLEY_HTTP_PORT", Integer.toString(port));
      double first = started(sandbox, port);
      if (i > 0) { // the first one makes the database
        embedded.add(first);
      }
      try (Child child = Child.java("bare", Map.of(), "-cp", System.getProperty("java.class.path"), BareServer.class.getName(), Integer.toString(port))) {
        bare.add(child.ready("http://127.0.0.1:" + port + "/"));
      }
    }
    report.row("bare Vert.x, ms", Report.number(Report.median(bare)));
    report.atMost("external database, ms", Report.median(external), 1_500, "");
    report.row("embedded database, ms", Report.number(Report.median(embedded)));
  }

  private static double started(Map<String, String> environment, int port) throws InterruptedException {
    try (Child child = Server.startGateway(port, environment)) {
      return child.ready("http://127.0.0.1:" + port + "/health/ready");
    }
  }
}
