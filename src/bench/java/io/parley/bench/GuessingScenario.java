package io.parley.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;

/**
 * Guessing from a thousand addresses at once, at one account and at many, beside senders: how much
 * longer these wait, whether the owner still signs in from an address that is known to the account,
 * and whether times tell which users exist.
 */
final class GuessingScenario {
  private static final int LINES = 200;
  private static final double SENDS = 300;
  private static final double GUESSES = 500;
  private static final int USERS = 10_000;
  private static final long ENOUGH = 300; // then chance takes it 0.07 away in one of a hundred runs
  private static final String OWNER = "sender0";
  private static final String HOME = "192.0.2.1";

  private final BenchContext bench;
  private final SendLoad sends;

  GuessingScenario(BenchContext bench, SendLoad sends) {
    this.bench = bench;
    this.sends = sends;
  }

  void run() throws Exception {
    signIn();
    MeasuredRound.Outcome _ = sends.open(bench.warmSeconds(), SENDS);
    warm();
    GuessTraffic one = new GuessTraffic(LINES, any -> OWNER, any -> "nobody");
    measure("one account, and one name that nobody has", one);
    GuessTraffic many =
        new GuessTraffic(
            LINES, guess -> "m" + (1 + guess % USERS), guess -> "nobody" + guess % USERS);
    measure(USERS + " accounts, and as many names that nobody has", many);
  }

  private void warm() {
    GuessTraffic guesses = new GuessTraffic(LINES, any -> "m1", any -> "nobody at all");
    try (HttpLoad load = new HttpLoad(bench.server().port())) {
      MeasuredRound.Outcome _ = load.open(LINES, bench.warmSeconds(), GUESSES, guesses);
    }
  }

  /** Microseconds of processor time. */
  private record Cpu(double gateway, double postgres) {
    static Cpu of(BenchContext bench) {
      return new Cpu(bench.server().cpu(), bench.postgres().cpu());
    }

    String since(Cpu before, double seconds) {
      return "%.2f + %.2f"
          .formatted(
              (gateway - before.gateway) / seconds / 1e6,
              (postgres - before.postgres) / seconds / 1e6);
    }
  }

  private int guesses() {
    return bench.full() ? 100_000 : bench.quick() ? 2_500 : 10_000;
  }

  private void measure(String at, GuessTraffic traffic) throws Exception {
    double seconds = guesses() / GUESSES;
    Cpu before = Cpu.of(bench);
    MeasuredRound.Outcome alone = sends.open(Math.min(seconds, 15), SENDS);
    String cpuAlone = Cpu.of(bench).since(before, alone.seconds());
    before = Cpu.of(bench);
    MeasuredRound.Outcome beside;
    String cpuBeside;
    Histogram owner;
    try (HttpLoad load = new HttpLoad(bench.server().port())) {
      CompletableFuture<MeasuredRound.Outcome> storm =
          CompletableFuture.supplyAsync(() -> load.open(LINES, seconds, GUESSES, traffic));
      AtomicBoolean over = new AtomicBoolean();
      CompletableFuture<Histogram> signingIn = CompletableFuture.supplyAsync(() -> signIns(over));
      beside = sends.open(seconds, SENDS);
      MeasuredRound.Outcome _ = storm.join();
      cpuBeside = Cpu.of(bench).since(before, beside.seconds());
      over.set(true);
      owner = signingIn.join();
    }
    Report report = bench.report();
    report.title(
        "%d guesses, %.0f a second from a thousand addresses, at %s; %.0f sends a second"
            .formatted(guesses(), GUESSES, at, SENDS));
    report.row("answers by status", traffic.statuses());
    report.row("sends, ms, p50, alone and beside it", alone.millis(50) + " " + beside.millis(50));
    report.row("sends, ms, p99, alone", alone.millis(99));
    report.row("beside it", beside.millis(99));
    double late = beside.lateness().getValueAtPercentile(99) / 1e6;
    report.row("of which the load noticed late, p99", late);
    report.atMost("p99 against p99", beside.millis(99) / alone.millis(99), 1.5, "×");
    report.row("sign-ins of the owner, each right", (double) owner.getTotalCount());
    report.row("ms, p50", owner.getValueAtPercentile(50) / 1e6);
    report.row("ms, the longest", owner.getMaxValue() / 1e6);
    report.row("CPU a second, gateway + PostgreSQL, alone", cpuAlone);
    report.row("beside it", cpuBeside);
    report.row("wrong passwords whose times were compared", (double) traffic.compared());
    if (traffic.compared() >= ENOUGH) {
      double slower = traffic.slowerForUsers();
      report.row("an account takes longer than a name that nobody has", slower);
      report.atMost("away from 0.5", Math.abs(slower - 0.5), 0.07, "");
    }
  }

  /** The owner signs in again and again. */
  private Histogram signIns(AtomicBoolean over) {
    Histogram took = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    try {
      while (!over.get()) {
        long began = System.nanoTime();
        signIn();
        took.recordValue(System.nanoTime() - began);
        TimeUnit.SECONDS.sleep(1);
      }
      return took;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void signIn() throws Exception {
    int status;
    String body;
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI at = URI.create("http://127.0.0.1:" + bench.server().port() + "/api/auth/token");
      HttpRequest request =
          HttpRequest.newBuilder(at)
              .header("Content-Type", "application/json")
              .header("X-Forwarded-For", HOME)
              .POST(BodyPublishers.ofString(SignInTraffic.body(OWNER, GatewayServer.PASSWORD)))
              .build();
      var answer = client.send(request, BodyHandlers.ofString());
      status = answer.statusCode();
      body = answer.body();
    }
    if (status != 200) {
      throw new IllegalStateException("the owner could not sign in: " + status + " " + body);
    }
  }
}
