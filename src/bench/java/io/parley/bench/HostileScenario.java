package io.parley.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Durable messages at a fixed rate while hostile clients do what they can: what its senders notice,
 * what memory it takes, whether the node still answers that it lives, and whether everything that
 * it acknowledged is there afterwards. The limits are those of production.
 */
final class HostileScenario {
  private static final double PER_SECOND = 300;
  private static final int SEARCHERS = 5;
  private static final double MIB = 1 << 20;
  private static final String LOST = "Database not available";

  private final BenchContext bench;
  private final double seconds;

  /** {@code minutes} of hostility; 0 for a quick run. */
  HostileScenario(BenchContext bench, int minutes) {
    this.bench = bench;
    this.seconds = minutes == 0 ? 30 : minutes * 60.0;
  }

  void run() throws Exception {
    try (SendLoad sends = new SendLoad(bench)) {
      String[] searchers = new String[SEARCHERS];
      for (int i = 0; i < SEARCHERS; i++) {
        searchers[i] = sends.groups().token(1 + i, 0);
      }
      MeasuredRound.Outcome _ = sends.open(10, PER_SECOND);
      MeasuredRound.Outcome before = sends.open(seconds / 3, PER_SECOND);
      double memory = ResidentMemory.of(bench.server().pid());
      Vitals vitals = new Vitals(bench.server());
      vitals.begin();
      MeasuredRound.Outcome during;
      Report report = bench.report();
      try (HostileClients clients = new HostileClients(bench.server().port())) {
        HostileAttacks attacks = new HostileAttacks(clients, bench);
        attacks.begin(searchers, sends.groups().conversation(1), searchers[0]);
        // what only the attacks use is compiled meanwhile; vital signs count from the beginning
        MeasuredRound.Outcome _ = sends.open(10, PER_SECOND);
        CpuCosts costs = new CpuCosts(bench);
        during = costs.of(() -> sends.open(seconds, PER_SECOND));
        vitals.stop();
        report.title("%.0f s of hostile clients beside 300 messages a second".formatted(seconds));
        attacks.report(report);
        costs.rows(report);
      }
      report.row("senders, p50 without them, ms", before.millis(50));
      report.row("senders, p50 with them, ms", during.millis(50));
      report.row("senders, p99 without them, ms", before.millis(99));
      report.row("senders, p99 with them, ms", during.millis(99));
      report.row(
          "of which delay of the load generator, p99",
          during.lateness().getValueAtPercentile(99) / 1e6);
      report.atMost("p99 with against without", during.millis(99) / before.millis(99), 2, "×");
      report.row("resident memory before, MiB", memory / MIB);
      report.atMost("resident memory at most, MiB", vitals.memory / MIB, 2_048, "");
      report.atMost("/health/live, the slowest answer, ms", vitals.slowest / 1e6, 1_000, "");
      report.atMost("times the database was taken for lost", countLost(), 0, "");
      sends.readBack();
    }
  }

  private static double countLost() throws IOException {
    Path log = GatewayServer.output();
    try (var lines = Files.lines(log)) {
      return lines.filter(line -> line.contains(LOST)).count();
    }
  }

  /** Asks again and again whether the node lives, and how much memory it has. */
  private static final class Vitals implements Runnable {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final GatewayServer server;
    private final HttpRequest question;
    private final Thread thread;
    private volatile boolean over;
    volatile double memory;
    volatile long slowest;

    Vitals(GatewayServer server) {
      this.server = server;
      this.question =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/health/live"))
              .timeout(LONGEST)
              .build();
      this.thread = Thread.ofPlatform().unstarted(this);
    }

    void begin() {
      thread.start();
    }

    @Override
    public void run() {
      try (HttpClient client = HttpClient.newHttpClient()) {
        while (!over) {
          long began = System.nanoTime();
          int status = client.send(question, BodyHandlers.discarding()).statusCode();
          slowest =
              Math.max(slowest, status == 200 ? System.nanoTime() - began : LONGEST.toNanos());
          memory = Math.max(memory, ResidentMemory.of(server.pid()));
          TimeUnit.MILLISECONDS.sleep(100);
        }
      } catch (IOException | InterruptedException failed) {
        System.err.println("/health/live was not answered: " + failed);
        slowest = LONGEST.toNanos();
      }
    }

    void stop() throws InterruptedException {
      over = true;
      thread.join();
    }
  }
}
