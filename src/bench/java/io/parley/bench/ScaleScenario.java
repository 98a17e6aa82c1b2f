package io.parley.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Every operation in a large world, beside a small one of the same shape: nothing may become slow
 * because there is much data. A read of a large table from end to end fails the run.
 */
final class ScaleScenario {
  private static final double FACTOR = 2;
  private static final double LIMIT_MS = 50;
  private static final double REDRIVE_MS = 4_000;
  private static final int PER_SECOND = 5;
  private static final String REST = "at rest";
  private static final Pattern BEHIND =
      Pattern.compile("(?m)^parley_background_behind_seconds\\{[^}]*} (\\S+)");

  private final Path home;
  private final boolean quick;
  private final List<String> only;
  private final Report report;

  /** What an operation took in one world: milliseconds, and PostgreSQL's processor time. */
  private record Taken(double p50, double p99, double database) {}

  /**
   * Creates the scenario.
   *
   * @param only texts in the names of what is measured; empty for everything
   */
  ScaleScenario(Path home, boolean quick, List<String> only, Report report) {
    this.home = home;
    this.quick = quick;
    this.only = only;
    this.report = report;
  }

  void run() throws Exception {
    ScaleWorld large = quick ? ScaleWorld.MEDIUM : ScaleWorld.LARGE;
    ScaleWorld.build(home, List.of(ScaleWorld.SMALL, large));
    try (BenchPostgres postgres = BenchPostgres.start(home)) {
      ScaleWorld.SMALL.migrate(postgres);
      large.migrate(postgres);
      try (ScaleNode big = new ScaleNode(large, postgres)) {
        settle(big);
        double rest = isWanted(REST) ? rest(big, postgres) : 0;
        try (ScaleNode small = new ScaleNode(ScaleWorld.SMALL, postgres)) {
          settle(small);
          if (isWanted(REST)) {
            load(rest, small, big, postgres);
          }
          compare(small, big, postgres);
        }
      }
      if (only.isEmpty()) {
        mustNotScan(new ScalePlans(postgres, large).scans());
      }
    }
  }

  private boolean isWanted(String name) {
    return only.isEmpty() || only.stream().anyMatch(name::contains);
  }

  private double rest(ScaleNode node, BenchPostgres postgres) throws Exception {
    return core(node, postgres, () -> TimeUnit.SECONDS.sleep(quick ? 20 : 60));
  }

  /** Waits until the background jobs have processed everything. */
  private static void settle(ScaleNode node) throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(30);
    while (isBehind(node.server().metrics())) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException("the background jobs do not catch up");
      }
      TimeUnit.SECONDS.sleep(2);
    }
    node.execute("checkpoint");
    TimeUnit.SECONDS.sleep(5);
  }

  private static boolean isBehind(String metrics) {
    Matcher jobs = BEHIND.matcher(metrics);
    while (jobs.find()) {
      if (jobs.group(1).equals("+Inf") || Double.parseDouble(jobs.group(1)) > 120) {
        return true;
      }
    }
    return false;
  }

  private interface Activity {
    void run() throws Exception;
  }

  /** The percentage of one core that the gateway and PostgreSQL use meanwhile. */
  private static double core(ScaleNode node, BenchPostgres postgres, Activity activity)
      throws Exception {
    long began = System.nanoTime();
    double before = node.server().cpu() + postgres.cpu();
    activity.run();
    double used = node.server().cpu() + postgres.cpu() - before;
    return 100 * used / ((System.nanoTime() - began) / 1e3);
  }

  private void load(double rest, ScaleNode small, ScaleNode large, BenchPostgres postgres)
      throws Exception {
    double little = core(small, postgres, () -> talk(small));
    double much = core(large, postgres, () -> talk(large));
    report.title(
        "%,d accounts and conversations: gateway and PostgreSQL, %% of a core"
            .formatted(large.world().accounts()));
    report.atMost(REST, rest, 1, "");
    report.row(PER_SECOND + " messages a second, small world", little);
    report.row(PER_SECOND + " messages a second", much);
    report.atMost("that against the small world", much / little, 1.5, "×");
  }

  private void talk(ScaleNode node) {
    String body = "{\"body\":\"hello the meeting\"}";
    List<String> paths = ScaleWrites.directConversations(node);
    RequestCycle traffic =
        new RequestCycle(
            "\"seq\"",
            n ->
                HttpText.send(
                    "POST", paths.get(n % paths.size()), node.user(n % paths.size()), body));
    try (HttpLoad load = new HttpLoad(node.server().port())) {
      var _ = load.open(2, quick ? 20 : 60, PER_SECOND, traffic);
    }
  }

  private void compare(ScaleNode small, ScaleNode large, BenchPostgres postgres) throws Exception {
    report.table(
        "%,d accounts and conversations beside %,d, milliseconds"
            .formatted(large.world().accounts(), small.world().accounts()),
        "operation",
        "at first, small → large",
        "small: p50",
        "p99",
        "PostgreSQL",
        "large: p50",
        "p99",
        "PostgreSQL",
        "p99, large / small",
        "goal: ≤ 2× or ≤ 50 ms");
    try (HttpLoad little = new HttpLoad(small.server().port());
        HttpLoad much = new HttpLoad(large.server().port())) {
      List<ScaleOperation> inSmall = ScaleOperations.of(small, little);
      List<ScaleOperation> inLarge = ScaleOperations.of(large, much);
      for (int i = 0; i < inSmall.size(); i++) {
        if (!isWanted(inLarge.get(i).name())) {
          continue;
        }
        Taken before = measure(inSmall.get(i), little, postgres);
        Taken now = measure(inLarge.get(i), much, postgres);
        tell(inLarge.get(i), before, now);
      }
    }
  }

  private Taken measure(ScaleOperation operation, HttpLoad load, BenchPostgres postgres)
      throws Exception {
    double seconds = quick ? 1 : 3;
    var _ = operation.measurement().run(seconds / 6);
    CompletableFuture<?> others =
        operation
            .beside()
            .<CompletableFuture<?>>map(
                traffic ->
                    CompletableFuture.supplyAsync(() -> load.closed(4, seconds + 1, traffic)))
            .orElse(CompletableFuture.completedFuture(null));
    double before = postgres.cpu();
    Histogram latency = operation.measurement().run(seconds);
    double database = (postgres.cpu() - before) / 1e3 / latency.getTotalCount();
    var _ = others.join();
    return new Taken(
        latency.getValueAtPercentile(50) / 1e6, latency.getValueAtPercentile(99) / 1e6, database);
  }

  private void tell(ScaleOperation operation, Taken small, Taken large) {
    double goal = Math.max(FACTOR * small.p99(), LIMIT_MS);
    if (operation.name().contains("redriving")) {
      goal = REDRIVE_MS; // works for two seconds if there is so much to do
    }
    report.cells(
        operation.name(),
        operation.before(),
        Report.number(small.p50()),
        Report.number(small.p99()),
        Report.number(small.database()),
        Report.number(large.p50()),
        Report.number(large.p99()),
        Report.number(large.database()),
        Report.number(large.p99() / small.p99()) + "×",
        large.p99() <= goal ? "met" : "**missed**");
  }

  private void mustNotScan(List<String> scans) {
    report.title("Plans in the large world");
    report.atMost("large tables read from end to end, analytics aside", scans.size(), 0, "");
    if (!scans.isEmpty()) {
      throw new IllegalStateException(String.join("\n", scans));
    }
  }
}
