package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.parley.bench.Report.Samples;
import io.parley.testing.Await;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Fan-out of messages of 256 characters to many sockets, by the gateway and its peers. */
final class FanOutScenario {
  private static final int WINDOW = 8;
  private static final int PACED_PER_SECOND = 20;
  private static final int[] CROWDS = {1_000, 5_000};

  private final BenchContext bench;

  FanOutScenario(BenchContext bench) {
    this.bench = bench;
  }

  private record Outcome(double perSecond, double cpuEach) {}

  void run() throws Exception {
    SeededUsers crowd = new SeededUsers(bench, "fan", SeededUsers.GROUP, 1);
    try (BareFanOut bare = BareFanOut.start();
        EventBusBridgeFanOut bridge = EventBusBridgeFanOut.start();
        NatsFanOut nats = NatsFanOut.start().orElse(null)) {
      List<FanOutServer> fans =
          new ArrayList<>(List.of(new GatewayFanOut(bench.server(), crowd), bare, bridge));
      if (nats != null) {
        fans.add(nats);
      }
      for (int sockets : CROWDS) {
        burst(fans, sockets);
      }
      paced(fans.subList(0, 2));
    }
  }

  private void burst(List<FanOutServer> fans, int sockets) throws InterruptedException {
    Map<FanOutServer, Samples> rates = new LinkedHashMap<>();
    Map<FanOutServer, Samples> costs = new LinkedHashMap<>();
    for (int round = 0; round <= bench.rounds(); round++) {
      for (FanOutServer fan : fans) {
        // the first one warms up; a gateway has more to compile than a loop that copies
        boolean cold = round == 0 && fan == fans.getFirst();
        double seconds = cold ? bench.warmSeconds() : bench.readSeconds();
        Outcome outcome = measure(fan, sockets, seconds, 0);
        if (round > 0) {
          rates.computeIfAbsent(fan, any -> new Samples()).add(outcome.perSecond());
          costs.computeIfAbsent(fan, any -> new Samples()).add(outcome.cpuEach());
        }
      }
    }
    Report report = bench.report();
    report.title("Fan-out to " + sockets + " sockets, 256 characters, " + WINDOW + " outstanding");
    for (FanOutServer fan : fans) {
      report.row(fan.name() + ", deliveries a second", rates.get(fan));
      report.row(fan.name() + ", CPU µs each", costs.get(fan));
    }
    compare(report, fans, rates, costs);
  }

  private static void compare(
      Report report,
      List<FanOutServer> fans,
      Map<FanOutServer, Samples> rates,
      Map<FanOutServer, Samples> costs) {
    FanOutServer ours = fans.getFirst();
    double cost = costs.get(ours).median();
    report.atMost("CPU against bare Netty", cost / costs.get(fans.get(1)).median(), 1.7, "×");
    if (fans.size() > 3) {
      report.atMost("CPU against nats-server", cost / costs.get(fans.get(3)).median(), 1.1, "×");
    } else {
      report.row("nats-server", NatsFanOut.MISSING);
    }
    double rate = rates.get(ours).median();
    report.atLeast(
        "deliveries against the stock bridge", rate / rates.get(fans.get(2)).median(), 2.5, "×");
  }

  private void paced(List<FanOutServer> fans) throws InterruptedException {
    Map<FanOutServer, Samples> costs = new LinkedHashMap<>();
    for (int round = 0; round < bench.rounds(); round++) {
      for (FanOutServer fan : fans) {
        Outcome outcome = measure(fan, CROWDS[0], bench.seconds(), PACED_PER_SECOND);
        costs.computeIfAbsent(fan, any -> new Samples()).add(outcome.cpuEach());
      }
    }
    Report report = bench.report();
    report.title(PACED_PER_SECOND + " messages a second to " + CROWDS[0] + " sockets");
    fans.forEach(fan -> report.row(fan.name() + ", CPU µs each", costs.get(fan)));
    report.atMost(
        "CPU against bare Netty",
        costs.get(fans.get(0)).median() / costs.get(fans.get(1)).median(),
        1.3,
        "×");
  }

  private Outcome measure(FanOutServer fan, int sockets, double seconds, int perSecond)
      throws InterruptedException {
    try (BenchSockets ears = new BenchSockets()) {
      Crowded crowded = new Crowded(fan, sockets, perSecond == 0);
      for (int i = 0; i <= sockets; i++) {
        ears.open(fan.port(), new BenchSocket(i, fan.path(), fan.headers(i), crowded));
      }
      if (!crowded.ready.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException(fan.name() + " did not let everybody in");
      }
      double before = fan.cpu();
      long began = System.nanoTime();
      crowded.begin();
      for (int i = 1; perSecond > 0 && i < seconds * perSecond; i++) {
        TimeUnit.NANOSECONDS.sleep(began + i * 1_000_000_000L / perSecond - System.nanoTime());
        crowded.publish();
      }
      TimeUnit.NANOSECONDS.sleep(began + (long) (seconds * 1e9) - System.nanoTime());
      crowded.stop();
      Await.until("everybody heard everything of " + fan.name(), crowded::isQuiet);
      double took = (System.nanoTime() - began) / 1e9;
      double cpu = fan.cpu() - before;
      crowded.check();
      return new Outcome(crowded.total.get() / took, cpu / crowded.total.get());
    }
  }

  /** All listeners and one sender. */
  private static final class Crowded implements BenchSocket.Heard {
    private final FanOutServer fan;
    private final int sockets;
    private final boolean closedLoop;
    private final CountDownLatch ready;
    private final AtomicLong total = new AtomicLong();
    private final AtomicLong published = new AtomicLong();
    private final List<BenchSocket> ears = new ArrayList<>();
    private volatile BenchSocket speaker;
    private volatile boolean stopped;

    Crowded(FanOutServer fan, int sockets, boolean closedLoop) {
      this.fan = fan;
      this.sockets = sockets;
      this.closedLoop = closedLoop;
      this.ready = new CountDownLatch(sockets + 1);
    }

    @Override
    public void opened(BenchSocket ear) {
      if (ear.number == sockets) {
        speaker = ear;
        ready.countDown();
        if (!fan.greeting().startsWith("CONNECT")) {
          return;
        }
        ear.say(fan.greeting().replace("SUB g 1\r\n", ""));
        return;
      }
      synchronized (ears) {
        ears.add(ear);
      }
      if (fan.greeting().startsWith("{")) {
        fan.greeting().lines().forEach(ear::say);
      } else {
        ear.say(fan.greeting());
      }
    }

    @Override
    public void frame(BenchSocket ear, ByteBuf payload) {
      if (ear == speaker) {
        return;
      }
      if (ear.note == null) {
        if (fan.isWelcome(payload)) {
          ear.note = 0L;
          ready.countDown();
        }
        return;
      }
      long before = (Long) ear.note;
      int messages = fan.messages(payload, before);
      ear.note = before + payload.readableBytes();
      if (messages > 0) {
        ear.count += messages;
        heard(total.addAndGet(messages));
      }
    }

    private void heard(long now) {
      while (closedLoop && !stopped) {
        long next = published.get();
        if (now < (next - WINDOW + 1) * sockets) {
          return;
        }
        if (published.compareAndSet(next, next + 1)) {
          speak(next);
        }
      }
    }

    private void speak(long number) {
      speaker.execute(() -> speaker.say(fan.message(number)));
    }

    void begin() {
      for (int i = 0; i < (closedLoop ? WINDOW : 1); i++) {
        publish();
      }
    }

    void publish() {
      speak(published.getAndIncrement());
    }

    void stop() {
      stopped = true;
    }

    boolean isQuiet() {
      return total.get() >= published.get() * sockets;
    }

    void check() {
      synchronized (ears) {
        for (BenchSocket ear : ears) {
          if (ear.count != published.get()) {
            throw new IllegalStateException(
                "a socket heard " + ear.count + " of " + published.get() + " at " + fan.name());
          }
        }
      }
    }

    @Override
    public void ended(BenchSocket ear) {
      if (!stopped && ready.getCount() == 0) {
        System.out.println("  a socket ended early at " + fan.name());
      }
    }
  }
}
