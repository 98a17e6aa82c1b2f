package io.parley.bench;

import io.parley.store.embedded.PostgresBinaries;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The entry point of {@code make bench}: runs all scenarios or those named; {@code --quick}
 * shortens the rounds, {@code --full} enlarges the data.
 *
 * <p>{@code scale} runs only if it is named, because it builds 13 GB of data when they are not
 * there; {@code --worlds=DIRECTORY} says where, and {@code --only=TEXT,TEXT} measures those
 * operations only whose names contain one of the texts. {@code --minutes=10} is how long {@code
 * hostile} lasts.
 */
public final class BenchMain {
  private static final List<String> ALL =
      List.of(
          "me",
          "token",
          "password",
          "send",
          "latency",
          "guessing",
          "history",
          "list",
          "analytics",
          "files",
          "ingest",
          "dispatch",
          "fan",
          "live",
          "idle",
          "storm",
          "slow",
          "hostile",
          "start");
  private static final String HOSTILE = "hostile";
  private static final String SCALE = "scale";
  private static final List<String> FLAGS = List.of("--quick", "--full");
  private static final String WORLDS = "--worlds=";
  private static final String ONLY = "--only=";
  private static final String MINUTES = "--minutes=";
  private static final int WRONG = 1;
  private static final int USAGE = 2;

  private BenchMain() {}

  public static void main(String[] arguments) throws Exception {
    Set<String> named =
        Arrays.stream(arguments).filter(each -> !each.startsWith("--")).collect(Collectors.toSet());
    List<String> options = Arrays.stream(arguments).filter(each -> each.startsWith("--")).toList();
    List<String> flags =
        options.stream()
            .filter(each -> List.of(WORLDS, ONLY, MINUTES).stream().noneMatch(each::startsWith))
            .toList();
    boolean scale = named.remove(SCALE);
    if (!ALL.containsAll(named) || !FLAGS.containsAll(flags)) {
      System.err.println(
          "bench: name some of "
              + ALL
              + " or scale, and --quick, --full, --worlds=DIRECTORY, --only=TEXT,TEXT or --minutes=N");
      System.exit(USAGE);
    }
    long began = System.nanoTime();
    Report report = new Report();
    int status = 0;
    if (!named.isEmpty() || !scale) {
      Set<String> wanted = named.isEmpty() ? Set.copyOf(ALL) : named;
      status = wanted.equals(Set.of(HOSTILE)) ? 0 : run(wanted, flags, report);
      if (wanted.contains(HOSTILE) && status == 0) {
        status = hostile(option(options, MINUTES).map(Integer::parseInt).orElse(0), report);
      }
    }
    if (scale && status == 0) {
      Path worlds = option(options, WORLDS).map(Path::of).orElse(Path.of("target", "bench-worlds"));
      status = scale(worlds, flags.contains("--quick"), only(options), report);
    }
    report.print("PostgreSQL " + PostgresBinaries.VERSION + ", fsync and synchronous_commit on");
    System.out.printf("%ntook %.0f s%n", (System.nanoTime() - began) / 1e9);
    System.exit(status);
  }

  private static int run(Set<String> wanted, List<String> flags, Report report) throws Exception {
    try (BenchPostgres postgres = BenchPostgres.start()) {
      PeerTables.create(postgres, LoadGroups.COUNT);
      try (GatewayServer server = GatewayServer.start(postgres)) {
        boolean quick = flags.contains("--quick");
        boolean full = flags.contains("--full");
        run(wanted, new BenchContext(postgres, server, PgBench.on(postgres), report, quick, full));
      } catch (Exception wrong) {
        return wrong(wrong);
      }
    }
    return 0;
  }

  // on a gateway of its own, which has the limits of production
  private static int hostile(int minutes, Report report) throws Exception {
    try (BenchPostgres postgres = BenchPostgres.start();
        GatewayServer server = GatewayServer.startLimited(postgres)) {
      BenchContext bench =
          new BenchContext(postgres, server, Optional.empty(), report, minutes == 0, false);
      new HostileScenario(bench, minutes).run();
      return 0;
    } catch (Exception wrong) {
      return wrong(wrong);
    }
  }

  private static Optional<String> option(List<String> options, String name) {
    return options.stream()
        .filter(each -> each.startsWith(name))
        .map(each -> each.substring(name.length()))
        .findFirst();
  }

  private static List<String> only(List<String> options) {
    return option(options, ONLY).map(texts -> List.of(texts.split(",", -1))).orElse(List.of());
  }

  private static int scale(Path worlds, boolean quick, List<String> only, Report report) {
    try {
      new ScaleScenario(worlds, quick, only, report).run();
      return 0;
    } catch (Exception wrong) {
      return wrong(wrong);
    }
  }

  private static int wrong(Exception wrong) {
    System.err.println("WRONG, nothing of this run counts:");
    wrong.printStackTrace();
    return WRONG;
  }

  private static void run(Set<String> wanted, BenchContext bench) throws Exception {
    if (wanted.contains("me")) {
      new MeScenario(bench).run();
    }
    if (wanted.contains("token")) {
      new TokenScenario(bench).run();
    }
    if (wanted.contains("password")) {
      new PasswordScenario(bench).run();
    }
    if (wanted.contains("send") || wanted.contains("latency") || wanted.contains("guessing")) {
      send(wanted, bench);
    }
    if (wanted.contains("history")) {
      HistoryScenario.run(bench);
    }
    if (wanted.contains("list")) {
      new ListScenario(bench).run();
    }
    if (wanted.contains("analytics")) {
      new AnalyticsScenario(bench).run();
    }
    if (wanted.contains("ingest")) {
      new IngestScenario(bench).run();
    }
    if (wanted.contains("files")) {
      new FilesScenario(bench).run();
    }
    if (wanted.contains("fan")) {
      new FanOutScenario(bench).run();
    }
    if (wanted.contains("live")) {
      new LiveScenario(bench).run();
    }
    if (wanted.contains("idle")) {
      new IdleScenario(bench).run();
    }
    if (wanted.contains("storm")) {
      new StormScenario(bench).run();
    }
    if (wanted.contains("slow")) {
      new SlowScenario(bench).run();
    }
    if (wanted.contains("start")) {
      new StartScenario(bench).run();
    }
    if (wanted.contains("dispatch")) {
      new DispatchScenario(bench).run();
    }
  }

  private static void send(Set<String> wanted, BenchContext bench) throws Exception {
    try (SendLoad sends = new SendLoad(bench)) {
      double rate =
          wanted.contains("send") ? new SendScenario(bench, sends).run() : warm(bench, sends);
      if (wanted.contains("latency")) {
        new LatencyScenario(bench, sends).run(rate);
      }
      if (wanted.contains("guessing")) {
        new GuessingScenario(bench, sends).run();
      }
      sends.readBack();
    }
  }

  // the second round's rate: the first one warms up
  private static double warm(BenchContext bench, SendLoad sends) {
    MeasuredRound.Outcome _ = sends.closed(bench.seconds());
    return sends.closed(bench.seconds()).perSecond();
  }
}
