package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.PlatformDependent;
import io.parley.testing.Await;
import io.parley.testing.RawSocket;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A quarter of the clients in a group stops reading while messages go on. They are disconnected
 * within ten seconds, cost no more memory than allowed, reconnect, and miss nothing. The effect on
 * the others is printed only: it depends on what else the machine does.
 *
 * <p>The benchmark {@code slow} does the same with 500 clients of 2 000, for a minute.
 */
@Tag("fault")
class SlowReadersTest {
  private static final int READERS = 100;
  private static final int SLOW = READERS / 4;
  private static final int A_SECOND = 20;
  private static final int SAID_BEFORE = 4 * A_SECOND;
  private static final int SAMPLES_STOPPED = 4;

  /** Ten seconds once the kernel buffers are full; twice that on a busy machine. */
  private static final Duration LIMIT_OF_CLOSING = Duration.ofSeconds(20);

  private static final int MOST_MESSAGES = 40_000;
  private static final int ACCOUNTS = 10;
  private static final String BODY = "x".repeat(6_000);

  /** What one stuck client may hold of our memory, and how much everything else may vary. */
  private static final long MOST_EACH = (256 + 64 + 64) * 1024;

  private static final long MOST_ELSE = 96L * 1024 * 1024;

  private final AtomicLongArray saidAt = new AtomicLongArray(MOST_MESSAGES);
  private final List<Reader> readers = new ArrayList<>();
  private final List<String> accounts = new ArrayList<>();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private volatile boolean stopped;
  private volatile boolean talking = true;
  private volatile long lastRev = Long.MAX_VALUE;
  private volatile long saidRev;
  private volatile long messages = Long.MAX_VALUE;
  private long said;
  private long most;
  private long group;

  /** One socket, and the last rev it received. */
  private final class Reader {
    final int number;
    final long[] heardAt;
    volatile long rev;
    long readTo;
    volatile boolean ended;
    RawSocket socket;

    Reader(int number) {
      this.number = number;
      this.heardAt = new long[isSlow() || number % 10 != 0 ? 0 : MOST_MESSAGES];
    }

    boolean isSlow() {
      return number < SLOW;
    }

    void open(TestGateway node) throws IOException {
      socket = new RawSocket(node, accounts.get(number % ACCOUNTS));
      socket.text("{\"type\":\"register\",\"address\":\"inbox\"}");
    }

    /** Reads until the last message has arrived, or the connection ends. */
    void listen() {
      try {
        while (rev < lastRev) {
          if (stopped && isSlow()) {
            goOn.await();
          }
          receive(revOf(socket.readText()));
        }
      } catch (IOException over) {
        ended = true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void receive(long next) {
      if (next <= readTo) {
        return; // no news of the group, or read anew already
      }
      assertThat(next).isEqualTo(rev == 0 ? next : rev + 1);
      rev = next;
      if (heardAt.length > 0) {
        heardAt[(int) next] = System.nanoTime();
      }
    }

    void resume(TestGateway node) throws IOException {
      socket.close();
      open(node);
      List<Long> meanwhile = new ArrayList<>();
      JsonObject more = new JsonObject().put("" + group, rev);
      while (!more.isEmpty()) {
        socket.text(
            new JsonObject()
                .put("type", "send")
                .put("address", "resume")
                .put("body", new JsonObject().put("positions", more))
                .put("replyAddress", "back")
                .encode());
        String text = socket.readText();
        while (!text.contains("\"address\":\"back\"")) {
          meanwhile.add(revOf(text));
          text = socket.readText();
        }
        JsonObject answer = new JsonObject(text);
        if (answer.getString("type").equals("err")) {
          assertThat(answer.getInteger("failureCode")).isEqualTo(503);
          pause(0.5);
          continue;
        }
        JsonObject body = answer.getJsonObject("body");
        body.getJsonArray("events").forEach(each -> receive(((JsonObject) each).getLong("rev")));
        if (!body.getJsonArray("resync").isEmpty()) {
          readAnew(node);
        }
        more = body.getJsonObject("more");
      }
      meanwhile.stream().filter(each -> each > rev).forEach(this::receive);
      ended = false;
    }

    // more was missed than a resume returns
    private void readAnew(TestGateway node) {
      long seq = rev - 1;
      JsonArray page = after(node, seq);
      while (!page.isEmpty()) {
        for (Object each : page) {
          assertThat(((JsonObject) each).getLong("seq")).isEqualTo(++seq);
        }
        page = after(node, seq);
      }
      rev = seq + 1;
      readTo = rev;
    }

    private JsonArray after(TestGateway node, long seq) {
      String path = "/api/conversations/" + group + "/items?order=asc&limit=100&after=" + seq;
      TestGateway.Reply page = node.get(accounts.get(number % ACCOUNTS), path);
      while (page.status() == 503) {
        pause(0.5);
        page = node.get(accounts.get(number % ACCOUNTS), path);
      }
      return page.is(200).data();
    }
  }

  private static long revOf(String event) {
    int at = event.indexOf("\"rev\":");
    if (at < 0 || !event.contains("\"address\":\"inbox\"")) {
      return 0;
    }
    int end = event.indexOf(',', at);
    return Long.parseLong(event, at + 6, end, 10);
  }

  @Test
  void aQuarterOfTheReadersStopsAndTheOthersGoOn() throws Exception {
    try (TestGateway node = new TestGateway(TestDatabase.fresh())) {
      String ann = node.signUp("ann", "person");
      IntStream.range(0, ACCOUNTS).forEach(i -> accounts.add(node.signUp("r" + i, "person")));
      group =
          node.group(
              ann,
              "crowd",
              IntStream.range(0, ACCOUNTS).mapToObj(i -> "r" + i).toArray(String[]::new));
      for (int i = 0; i < READERS; i++) {
        Reader reader = new Reader(i);
        reader.open(node);
        reader.socket.text("{\"type\":\"ping\"}");
        assertThat(reader.socket.readText()).contains("pong");
        readers.add(reader);
      }
      List<Thread> listening =
          readers.stream().map(reader -> Thread.ofVirtual().start(reader::listen)).toList();
      try (RawSocket talker = new RawSocket(node, ann)) {
        Thread talks = Thread.ofPlatform().start(() -> talk(talker));
        Thread notes = Thread.ofVirtual().start(() -> note(talker));

        Await.until("a baseline has been measured", () -> saidRev > SAID_BEFORE);
        long before = saidRev;
        long memoryBefore = memory();
        long began = System.nanoTime();
        stopped = true;
        most = memoryBefore;
        AtomicInteger looks = new AtomicInteger();
        Await.until(
            () -> "the readers that stopped are closed",
            LIMIT_OF_CLOSING,
            () -> {
              // measuring collects garbage, so do it rarely
              if (looks.getAndIncrement() % 20 == 0) {
                most = Math.max(most, memory());
              }
              return closedForSlowness(node) >= SLOW;
            });
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        for (int sample = 0; sample < SAMPLES_STOPPED; sample++) {
          long next = saidRev + A_SECOND;
          Await.until("another second of messages", () -> saidRev >= next);
          most = Math.max(most, memory());
        }
        long during = saidRev;
        assertThat(most - memoryBefore).isLessThan(SLOW * MOST_EACH + MOST_ELSE);

        goOn.countDown();
        List<Reader> slow = readers.subList(0, SLOW);
        Await.until(
            "the slow readers see that they are closed",
            () -> slow.stream().allMatch(reader -> reader.ended));
        List<Thread> back =
            slow.stream().map(each -> Thread.ofVirtual().start(() -> back(each, node))).toList();
        Await.until(
            () -> "the slow readers have resumed",
            Duration.ofSeconds(90),
            () -> slow.stream().noneMatch(reader -> reader.ended));
        talking = false;
        talks.join();
        Await.until("every message is committed", () -> lastRev != Long.MAX_VALUE);
        Await.until(
            "every reader has every message",
            () -> readers.stream().allMatch(reader -> reader.rev == lastRev));

        double ratio = p99(before, during) / p99(0, before);
        System.out.printf(
            "%d of %d stopped, disconnected within %d ms; memory grew by %d KiB; p99 of the others %.1f ms before, %.1f"
                + " ms then: %.2f times%n",
            SLOW,
            READERS,
            took,
            (most - memoryBefore) / 1024,
            p99(0, before),
            p99(before, during),
            ratio);
        for (Reader reader : readers) {
          reader.socket.close();
        }
        for (Thread each : listening) {
          each.join();
        }
        for (Thread each : back) {
          each.join();
        }
        notes.join();
      }
    }
  }

  private void back(Reader reader, TestGateway node) {
    try {
      reader.resume(node);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    reader.listen();
  }

  private void talk(RawSocket talker) {
    long next = System.nanoTime();
    try {
      while (talking) {
        say(talker, next);
        next += TimeUnit.SECONDS.toNanos(1) / A_SECOND;
        LockSupport.parkNanos(next - System.nanoTime());
      }
      messages = said + 1;
      say(talker, next);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void say(RawSocket talker, long when) throws IOException {
    said++;
    talker.text(
        new JsonObject()
            .put("type", "send")
            .put("address", "appendItem")
            .put(
                "body", new JsonObject().put("ref", group).put("type", "message").put("body", BODY))
            .put("replyAddress", "" + when)
            .encode());
  }

  /** The time at which each message was due. */
  private void note(RawSocket talker) {
    long answered = 0;
    try {
      while (answered < messages) {
        JsonObject answer = new JsonObject(talker.readText());
        JsonObject item = answer.getJsonObject("body");
        assertThat(item).describedAs(answer.encode()).isNotNull();
        saidAt.set(item.getInteger("rev"), Long.parseLong(answer.getString("address")));
        saidRev = item.getLong("rev");
        answered++;
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    lastRev = saidRev;
  }

  private double p99(long from, long to) {
    long[] took =
        readers.stream()
            .filter(reader -> reader.heardAt.length > 0)
            .flatMapToLong(
                reader ->
                    IntStream.rangeClosed((int) from + 1, (int) to)
                        .filter(rev -> reader.heardAt[rev] > 0 && saidAt.get(rev) > 0)
                        .mapToLong(rev -> reader.heardAt[rev] - saidAt.get(rev)))
            .toArray();
    Arrays.sort(took);
    return took[(int) (took.length * 0.99)] / 1e6;
  }

  private static long memory() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    return PlatformDependent.usedDirectMemory() + runtime.totalMemory() - runtime.freeMemory();
  }

  private static int closedForSlowness(TestGateway node) {
    return node.get("", "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("parley_sockets_closed_total{code=\"4408\"}"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static void pause(double seconds) {
    LockSupport.parkNanos((long) (seconds * 1e9));
  }
}
