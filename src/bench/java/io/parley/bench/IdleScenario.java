package io.parley.bench;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The memory and processor time that idle online users cost. */
final class IdleScenario {
  private static final int CONVERSATIONS = 20;
  private static final long AGAIN_MS = 1_000;
  private static final Pattern USED = Pattern.compile("used ([0-9]+)K");

  private final BenchContext bench;

  IdleScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    int sockets = bench.quick() ? 3_000 : 15_000;
    SeededUsers crowd = new SeededUsers(bench, "idle", sockets, CONVERSATIONS);
    double heapBefore = heap();
    double residentBefore = resident();
    try (BenchSockets pool = new BenchSockets()) {
      Quiet quiet = new Quiet(bench, pool, crowd, sockets);
      long began = System.nanoTime();
      for (int i = 0; i < sockets; i++) {
        quiet.open(i);
        if (i % 250 == 249) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
      if (!quiet.ready.await(120, TimeUnit.SECONDS)) {
        throw new IllegalStateException(quiet.ready.getCount() + " sockets never listened");
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      double heap = heap();
      double resident = resident();
      Report report = bench.report();
      report.title(
          sockets
              + " sockets that listen, each somebody else, "
              + CONVERSATIONS
              + " conversations each");
      report.row("all of them in, seconds", seconds);
      quiet.failures.tell(report);
      report.atMost("live heap, KiB each", (heap - heapBefore) / sockets, 12, "");
      report.atMost("resident memory, KiB each", (resident - residentBefore) / sockets, 24, "");
    }
  }

  /** Live, after a collection. */
  private double heap() throws IOException, InterruptedException {
    String _ = jcmd("GC.run");
    return number(USED, jcmd("GC.heap_info"));
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(bench.server().pid()),
                command)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int _ = process.waitFor();
    return output;
  }

  private double resident() throws IOException {
    return ResidentMemory.of(bench.server().pid()) / 1024;
  }

  private static double number(Pattern pattern, String text) {
    Matcher found = pattern.matcher(text);
    if (!found.find()) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    return Double.parseDouble(found.group(1));
  }

  private static final class Quiet implements BenchSocket.Heard {
    final CountDownLatch ready;
    final FailureCounts failures = new FailureCounts();
    private final BenchContext bench;
    private final BenchSockets pool;
    private final SeededUsers crowd;

    Quiet(BenchContext bench, BenchSockets pool, SeededUsers crowd, int sockets) {
      this.bench = bench;
      this.pool = pool;
      this.crowd = crowd;
      this.ready = new CountDownLatch(sockets);
    }

    void open(int user) {
      String headers = "Authorization: " + crowd.token(user) + "\r\n";
      pool.open(bench.server().port(), new BenchSocket(user, "/eventbus/websocket", headers, this));
    }

    @Override
    public void failed(BenchSocket ear, String why) {
      failures.count(why);
      pool.later(() -> open(ear.number), AGAIN_MS);
    }

    @Override
    public void opened(BenchSocket ear) {
      ear.say("{\"type\":\"register\",\"address\":\"inbox\"}");
      ear.say("{\"type\":\"ping\"}");
    }

    @Override
    public void frame(BenchSocket ear, ByteBuf payload) {
      String text = payload.toString(StandardCharsets.UTF_8);
      if (text.contains("pong")) {
        ready.countDown();
      } else {
        failures.count(text);
      }
    }

    @Override
    public void ended(BenchSocket ear) {}
  }
}
