package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.parley.testing.Await;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * A reconnect storm: all sockets are cut at once while messages go on; each client reconnects after
 * a random delay, registers and resumes. In the end nobody may have missed a message.
 */
final class StormScenario {
  private static final int CONVERSATIONS = 20;
  private static final int PER_SECOND = 500;
  private static final long JITTER_MS = 5_000;
  private static final long AGAIN_MS = 1_000;
  private static final long LONGEST = TimeUnit.MINUTES.toNanos(2);
  private static final String FILLER = "x".repeat(200);

  private final BenchContext bench;

  StormScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    int sockets = bench.quick() ? 3_000 : 15_000;
    SeededUsers crowd = new SeededUsers(bench, "storm", sockets, CONVERSATIONS);
    try (BenchSockets pool = new BenchSockets()) {
      Survivors survivors = new Survivors(bench, pool, crowd, sockets);
      survivors.connect();
      survivors.talk(TimeUnit.SECONDS.toNanos(3));
      Thread talking =
          Thread.ofPlatform().start(() -> survivors.talk(TimeUnit.SECONDS.toNanos(20)));
      TimeUnit.SECONDS.sleep(1);
      survivors.cut();
      survivors.back();
      talking.join();
      survivors.check();
      Report report = bench.report();
      report.title(
          sockets
              + " sockets cut at once, "
              + PER_SECOND
              + " messages a second going on, "
              + CONVERSATIONS
              + " conversations each, back within "
              + JITTER_MS / 1_000
              + " s");
      report.row("caught up after their own wait, seconds, p50", survivors.late(50));
      report.row("p99", survivors.late(99));
      report.atMost("the last one", survivors.late(100), 10, " s");
      report.row("messages said", survivors.said());
      report.row("missed by anybody", 0.0);
      survivors.failures.tell(report);
      report.row("asked again for the rest", (double) survivors.again());
    }
  }

  private static final class Survivors implements BenchSocket.Heard {
    final FailureCounts failures = new FailureCounts();
    private final BenchContext bench;
    private final BenchSockets pool;
    private final SeededUsers crowd;
    private final BenchSocket[] ears;
    private final int perUser;
    private final long[][] revs;
    private final long[] wokeAt;
    private final boolean[] caughtUp;
    private final Histogram late = new ConcurrentHistogram(LONGEST, 3);
    private final AtomicInteger again = new AtomicInteger();
    private final AtomicLong said = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final CountDownLatch ready;
    private final BenchSocket[] speakers = new BenchSocket[50];
    private final CountDownLatch speaking = new CountDownLatch(speakers.length);
    private volatile boolean storming;

    Survivors(BenchContext bench, BenchSockets pool, SeededUsers crowd, int sockets) {
      this.bench = bench;
      this.pool = pool;
      this.crowd = crowd;
      this.ears = new BenchSocket[sockets];
      this.perUser = crowd.groups() * SeededUsers.GROUP / sockets;
      this.revs = new long[sockets][perUser];
      this.wokeAt = new long[sockets];
      this.caughtUp = new boolean[sockets];
      this.ready = new CountDownLatch(sockets);
      for (long[] own : revs) {
        java.util.Arrays.fill(own, 1);
      }
    }

    /**
     * The groups of a user, in order: its first members are next to it, one round after another.
     */
    private int group(int user, int nth) {
      return (user + nth * ears.length) / SeededUsers.GROUP;
    }

    private int nth(int user, int group) {
      return (group * SeededUsers.GROUP + user % SeededUsers.GROUP - user) / ears.length;
    }

    /** Who speaks: people from all over the crowd. */
    private int speaker(int number) {
      return number * (ears.length / speakers.length);
    }

    void connect() throws InterruptedException {
      for (int i = 0; i < ears.length; i++) {
        open(i);
        if (i % 250 == 249) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
      for (int i = 0; i < speakers.length; i++) {
        String headers = "Authorization: " + crowd.token(speaker(i)) + "\r\n";
        speakers[i] = new BenchSocket(-1 - i, "/eventbus/websocket", headers, this);
        pool.open(bench.server().port(), speakers[i]);
      }
      if (!ready.await(120, TimeUnit.SECONDS) || !speaking.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException(ready.getCount() + " sockets never listened, " + failures);
      }
    }

    private void open(int user) {
      String headers = "Authorization: " + crowd.token(user) + "\r\n";
      ears[user] = new BenchSocket(user, "/eventbus/websocket", headers, this);
      pool.open(bench.server().port(), ears[user]);
    }

    @Override
    public void opened(BenchSocket ear) {
      if (ear.number < 0) {
        speaking.countDown();
        return;
      }
      ear.say("{\"type\":\"register\",\"address\":\"inbox\"}");
      if (storming) {
        resume(ear, null);
      } else {
        ear.say("{\"type\":\"ping\"}");
      }
    }

    private void resume(BenchSocket ear, JsonObject rest) {
      JsonObject positions = rest == null ? new JsonObject() : rest;
      for (int i = 0; rest == null && i < perUser; i++) {
        positions.put(Long.toString(crowd.conversation(group(ear.number, i))), revs[ear.number][i]);
      }
      ear.say(
          "{\"type\":\"send\",\"address\":\"resume\",\"body\":{\"positions\":"
              + positions.encode()
              + "},\"replyAddress\":\"resumed\"}");
    }

    @Override
    public void frame(BenchSocket ear, ByteBuf payload) {
      if (ear.number < 0) {
        answered.incrementAndGet();
        return;
      }
      JsonObject frame = new JsonObject(payload.toString(StandardCharsets.UTF_8));
      if ("err".equals(frame.getString("type"))) {
        failures.count(frame.getString("address") + " answered " + frame.getInteger("failureCode"));
        pool.later(() -> ear.execute(() -> opened(ear)), AGAIN_MS);
      } else if ("inbox".equals(frame.getString("address"))) {
        take(ear.number, frame.getJsonObject("body"), true);
      } else if ("resumed".equals(frame.getString("address"))) {
        resumed(ear, frame.getJsonObject("body"));
      } else if ("pong".equals(frame.getString("type")) && !caughtUp[ear.number]) {
        caughtUp[ear.number] = true;
        ready.countDown();
      }
    }

    private void resumed(BenchSocket ear, JsonObject reply) {
      reply.getJsonArray("events").forEach(each -> take(ear.number, (JsonObject) each, false));
      if (!reply.getJsonArray("resync").isEmpty() || !reply.getJsonArray("unknown").isEmpty()) {
        throw new IllegalStateException("what was that: " + reply.encode());
      }
      if (!reply.getJsonObject("more").isEmpty()) {
        again.incrementAndGet();
        resume(ear, reply.getJsonObject("more"));
        return;
      }
      caughtUp[ear.number] = true;
      late.recordValue(Math.min(LONGEST - 1, System.nanoTime() - wokeAt[ear.number]));
    }

    // before it has caught up, live news of what it has not asked for yet may run ahead
    private void take(int user, JsonObject event, boolean live) {
      long rev = event.getLong("rev");
      int nth = nth(user, crowd.groupOf(event.getLong("conversation_id")));
      long known = revs[user][nth];
      if (rev > known + 1 && (caughtUp[user] || !live)) {
        throw new IllegalStateException("a hole: " + known + " to " + rev);
      }
      if (rev == known + 1) {
        revs[user][nth] = rev;
      }
    }

    /**
     * So many messages a second, to random groups of those who speak, which hold most of the crowd.
     */
    void talk(long nanos) {
      SplittableRandom random = new SplittableRandom(11);
      long began = System.nanoTime();
      long sent = 0;
      while (System.nanoTime() - began < nanos) {
        long due = (System.nanoTime() - began) * PER_SECOND / 1_000_000_000L;
        for (; sent < due; sent++) {
          int speaker = random.nextInt(speakers.length);
          long conversation = crowd.conversation(group(speaker(speaker), random.nextInt(perUser)));
          said.incrementAndGet();
          speakers[speaker].execute(() -> speakers[speaker].say(message(conversation)));
        }
        java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
      }
      Await.until("everything said was answered", () -> answered.get() >= said.get());
    }

    private static String message(long conversation) {
      return "{\"type\":\"send\",\"address\":\"appendItem\",\"body\":{\"ref\":\""
          + conversation
          + "\",\"type\":\"message\",\"body\":\""
          + FILLER
          + "\"},\"replyAddress\":\"r\"}";
    }

    void cut() {
      storming = true;
      java.util.Arrays.fill(caughtUp, false);
      SplittableRandom random = new SplittableRandom(5);
      for (int i = 0; i < ears.length; i++) {
        int user = i;
        ears[i].execute(ears[i]::close);
        long wait = random.nextLong(JITTER_MS);
        pool.later(
            () -> {
              wokeAt[user] = System.nanoTime();
              open(user);
            },
            wait + 100);
      }
    }

    void back() {
      Await.until("everybody has caught up", () -> late.getTotalCount() >= ears.length);
    }

    /** What everybody knows of every conversation is what is there. */
    void check() throws InterruptedException {
      BenchPostgres postgres = bench.postgres();
      long[] there = new long[crowd.groups()];
      for (int speaker = 0; speaker < speakers.length; speaker++) {
        for (int i = 0; i < perUser; i++) {
          int group = group(speaker(speaker), i);
          there[group] =
              postgres.number(
                  GatewayServer.DATABASE,
                  "select rev from conversation where id = " + crowd.conversation(group));
        }
      }
      Await.until(
          "nobody has missed anything",
          () -> {
            for (int user = 0; user < ears.length; user++) {
              for (int i = 0; i < perUser; i++) {
                long wanted = there[group(user, i)];
                if (wanted > 0 && revs[user][i] != wanted) {
                  return false;
                }
              }
            }
            return true;
          });
    }

    double late(double percentile) {
      return late.getValueAtPercentile(percentile) / 1e9;
    }

    double said() {
      return said.get();
    }

    int again() {
      return again.get();
    }

    @Override
    public void ended(BenchSocket ear) {}

    @Override
    public void failed(BenchSocket ear, String why) {
      failures.count(why);
      if (ear.number < 0) {
        throw new IllegalStateException("one who speaks was cut off: " + why);
      }
      if (ears[ear.number] == ear) {
        pool.later(() -> open(ear.number), AGAIN_MS);
      }
    }
  }
}
