package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.parley.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A quarter of a group's readers stops reading for a minute while messages go on: how soon they are
 * closed, how much memory they hold until then, what the other readers notice. Then they resume; in
 * the end nobody may have missed a message.
 */
final class SlowScenario {
  private static final int READERS = 2_000;
  private static final int SLOW = READERS / 4;
  private static final int PER_SECOND = 25;
  private static final int MOST_MESSAGES = 20_000;
  private static final long LONGEST = TimeUnit.MINUTES.toNanos(1);
  private static final int PAGE = 50;
  private static final long AGAIN_MS = 1_000;

  /** Else their kernels take megabytes for them, and it takes long until anybody can notice. */
  private static final int RECEIVE_BUFFER = 32 * 1024;

  private static final String FILLER = "x".repeat(2_000);
  private static final byte[] MARK = "\"body\":\"#".getBytes(StandardCharsets.US_ASCII);
  private static final Pattern TOO_SLOW =
      Pattern.compile("parley_sockets_closed_total\\{[^}]*code=\"4408\"[^}]*} ([0-9.]+)");

  private final BenchContext bench;

  SlowScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    int seconds = bench.quick() ? 20 : 60;
    SeededUsers crowd = new SeededUsers(bench, "slow", SeededUsers.GROUP, 1);
    try (BenchSockets pool = new BenchSockets();
        HttpClient http = HttpClient.newHttpClient()) {
      Readers readers = new Readers(bench, pool, crowd);
      readers.connect();
      readers.talk(bench.warmSeconds());
      readers.startAnew();
      readers.talk(seconds / 3.0);
      Histogram before = readers.startAnew();
      double memory = ResidentMemory.of(bench.server().pid());
      double most = memory;
      double disconnectedBefore = countDisconnected(http);
      readers.stop();
      long stopped = System.nanoTime();
      Thread talking = Thread.ofPlatform().start(() -> readers.talk(seconds));
      double took = 0;
      while (talking.isAlive()) {
        most = Math.max(most, ResidentMemory.of(bench.server().pid()));
        if (took == 0 && countDisconnected(http) - disconnectedBefore >= SLOW) {
          took = (System.nanoTime() - stopped) / 1e9;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
      if (took == 0) {
        throw new IllegalStateException("the slow readers were never disconnected");
      }
      Histogram during = readers.startAnew();
      readers.goOn();
      readers.check();
      Report report = bench.report();
      report.title(
          SLOW
              + " of "
              + READERS
              + " stop reading for "
              + seconds
              + " s, "
              + PER_SECOND
              + " messages a second going on");
      report.atMost("the last of them disconnected after, seconds", took, 10, "");
      report.atMost(
          "resident memory grew by, KiB for each of them", (most - memory) / 1024 / SLOW, 512, "");
      report.row("the others, p50 before, ms", before.getValueAtPercentile(50) / 1e6);
      report.row("the others, p50 meanwhile, ms", during.getValueAtPercentile(50) / 1e6);
      report.row("the others, p99 before, ms", before.getValueAtPercentile(99) / 1e6);
      report.row("the others, p99 meanwhile, ms", during.getValueAtPercentile(99) / 1e6);
      report.atMost(
          "p99 against before",
          (double) during.getValueAtPercentile(99) / before.getValueAtPercentile(99),
          1.2,
          "×");
      report.row("messages said", (double) readers.said);
      report.row("missed by anybody", 0.0);
      report.row("asked again after a 503", (double) readers.refusals.get());
      report.row("seconds until all reconnected readers had caught up", readers.seconds);
    }
  }

  private double countDisconnected(HttpClient http) throws IOException, InterruptedException {
    URI metrics = URI.create("http://127.0.0.1:" + bench.server().port() + "/metrics");
    String text =
        http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString()).body();
    Matcher closed = TOO_SLOW.matcher(text);
    return closed.find() ? Double.parseDouble(closed.group(1)) : 0;
  }

  private static final class Readers implements BenchSocket.Heard {
    private final BenchContext bench;
    private final BenchSockets pool;
    private final SeededUsers crowd;
    private final BenchSocket[] ears = new BenchSocket[READERS];
    private final long[] known = new long[READERS];
    private final long[] seen = new long[READERS];
    private final boolean[] reading = new boolean[READERS];
    private final long[] due = new long[MOST_MESSAGES];
    private final CountDownLatch ready = new CountDownLatch(READERS + 1);
    private final AtomicInteger back = new AtomicInteger();
    final AtomicInteger refusals = new AtomicInteger();
    private final BenchSocket talker;
    private volatile Histogram latency = new ConcurrentHistogram(LONGEST, 3);
    private volatile boolean stopped;
    private volatile boolean over;
    private volatile @Nullable String wrong;
    volatile int said;
    double seconds;

    Readers(BenchContext bench, BenchSockets pool, SeededUsers crowd) {
      this.bench = bench;
      this.pool = pool;
      this.crowd = crowd;
      this.talker = new BenchSocket(READERS, "/eventbus/websocket", headers(0), this);
    }

    private String headers(int number) {
      return "Authorization: " + crowd.token(number % SeededUsers.GROUP) + "\r\n";
    }

    void connect() throws InterruptedException {
      pool.open(bench.server().port(), talker);
      for (int i = 0; i < READERS; i++) {
        open(i);
        if (i % 250 == 249) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
      if (!ready.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException(ready.getCount() + " sockets never listened");
      }
    }

    private void open(int number) {
      ears[number] = new BenchSocket(number, "/eventbus/websocket", headers(number), this);
      ears[number].receiveBuffer = RECEIVE_BUFFER;
      pool.open(bench.server().port(), ears[number]);
    }

    private static boolean isSlow(BenchSocket ear) {
      return ear.number < SLOW;
    }

    @Override
    public void opened(BenchSocket ear) {
      if (ear != talker) {
        ear.say("{\"type\":\"register\",\"address\":\"inbox\"}");
      }
      if (stopped) {
        resume(ear);
      } else {
        ear.say("{\"type\":\"ping\"}");
      }
    }

    private void resume(BenchSocket ear) {
      // until it is caught up with, news may run ahead
      reading[ear.number] = true;
      // an item's rev is one more than its seq: the first is the group's own
      JsonObject from = new JsonObject().put("" + crowd.conversation(0), known[ear.number] + 1);
      ask(ear, "resume", new JsonObject().put("positions", from));
    }

    private void readOn(BenchSocket ear) {
      JsonObject page = new JsonObject().put("ref", "" + crowd.conversation(0)).put("order", "asc");
      ask(ear, "listItems", page.put("limit", PAGE).put("after", known[ear.number]));
    }

    private static void ask(BenchSocket ear, String address, JsonObject body) {
      JsonObject frame = new JsonObject().put("type", "send").put("address", address);
      ear.say(frame.put("body", body).put("replyAddress", address).encode());
    }

    @Override
    public void frame(BenchSocket ear, ByteBuf payload) {
      int mark = ByteBufUtil.indexOf(Unpooled.wrappedBuffer(MARK), payload);
      if (mark >= 0 && ear != talker && GroupChatLoad.isEvent(payload)) {
        told(ear, GroupChatLoad.number(payload, payload.readerIndex() + mark + MARK.length) + 1);
        return;
      }
      JsonObject frame = new JsonObject(payload.toString(StandardCharsets.UTF_8));
      if ("err".equals(frame.getString("type"))) {
        refused(ear, frame);
      } else if ("pong".equals(frame.getString("type"))) {
        ready.countDown();
      } else if ("resume".equals(frame.getString("address"))) {
        resumed(ear, frame.getJsonObject("body"));
      } else if ("listItems".equals(frame.getString("address"))) {
        page(ear, frame.getJsonObject("body").getJsonArray("data"));
      }
    }

    // too many at once: those who come back take turns
    private void refused(BenchSocket ear, JsonObject frame) {
      if (frame.getInteger("failureCode") != 503 || ear == talker) {
        wrong = "refused: " + frame.encode();
      } else {
        refusals.incrementAndGet();
        pool.later(() -> ear.execute(() -> resume(ear)), AGAIN_MS);
      }
    }

    private void told(BenchSocket ear, long seq) {
      int reader = ear.number;
      seen[reader] = Math.max(seen[reader], seq);
      if (seq == known[reader] + 1) {
        known[reader] = seq;
        if (!isSlow(ear) && reader % 10 == 0) {
          latency.recordValue(Math.min(LONGEST - 1, System.nanoTime() - due[(int) seq - 1]));
        }
      } else if (seq > known[reader] && !reading[reader]) {
        wrong = "a hole: " + known[reader] + " to " + seq;
      }
    }

    private void resumed(BenchSocket ear, JsonObject body) {
      for (Object event : body.getJsonArray("events")) {
        told(ear, ((JsonObject) event).getJsonObject("item").getLong("seq"));
      }
      if (!body.getJsonArray("resync").isEmpty()) {
        readOn(ear);
      } else if (!body.getJsonObject("more").isEmpty()) {
        resume(ear);
      } else {
        reading[ear.number] = false;
        back.incrementAndGet();
      }
    }

    private void page(BenchSocket ear, JsonArray items) {
      for (Object item : items) {
        told(ear, ((JsonObject) item).getLong("seq"));
      }
      reading[ear.number] = items.size() == PAGE || known[ear.number] < seen[ear.number];
      if (reading[ear.number]) {
        readOn(ear);
      } else {
        back.incrementAndGet();
      }
    }

    /** An open loop: what is due is due, whatever became of the one before. */
    void talk(double duration) {
      long began = System.nanoTime();
      long count = Math.round(duration * PER_SECOND);
      for (long i = 0; i < count; i++) {
        long at = began + TimeUnit.SECONDS.toNanos(i) / PER_SECOND;
        while (System.nanoTime() < at) {
          LockSupport.parkNanos(at - System.nanoTime());
        }
        int number = said;
        due[number] = at;
        said = number + 1;
        talker.execute(
            () -> {
              JsonObject message = new JsonObject().put("ref", "" + crowd.conversation(0));
              message.put("type", "message").put("body", "#" + number + " " + FILLER);
              ask(talker, "appendItem", message);
            });
      }
      until(
          "all who read have heard it",
          () -> {
            for (int i = SLOW; i < READERS; i++) {
              if (known[i] < said) {
                return false;
              }
            }
            return true;
          });
    }

    private void until(String what, BooleanSupplier condition) {
      Await.until(
          what,
          () -> {
            if (wrong != null) {
              throw new IllegalStateException(wrong);
            }
            return condition.getAsBoolean();
          });
    }

    Histogram startAnew() {
      Histogram before = latency;
      latency = new ConcurrentHistogram(LONGEST, 3);
      return before;
    }

    void stop() {
      stopped = true;
      for (int i = 0; i < SLOW; i++) {
        ears[i].execute(listen(ears[i], false));
      }
    }

    private static Runnable listen(BenchSocket ear, boolean on) {
      return () -> ear.listen(on);
    }

    /** They read what their kernels still have, find that it is over, and come back. */
    void goOn() {
      long began = System.nanoTime();
      for (int i = 0; i < SLOW; i++) {
        ears[i].execute(listen(ears[i], true));
      }
      talk(10);
      until("all reconnected readers have caught up", () -> back.get() >= SLOW);
      seconds = (System.nanoTime() - began) / 1e9;
    }

    void check() {
      until(
          "nobody has missed anything",
          () -> {
            for (long each : known) {
              if (each != said) {
                return false;
              }
            }
            return true;
          });
      over = true;
      long there =
          bench
              .postgres()
              .number(
                  GatewayServer.DATABASE,
                  "select last_seq from conversation where id = " + crowd.conversation(0));
      if (there != said) {
        throw new IllegalStateException(said + " were said, and " + there + " are there");
      }
    }

    @Override
    public void ended(BenchSocket ear) {}

    @Override
    public void failed(BenchSocket ear, String why) {
      if (over) {
        return;
      }
      if (!stopped || !isSlow(ear)) {
        wrong = "one who reads was cut off: " + why;
      } else {
        open(ear.number);
      }
    }
  }
}
