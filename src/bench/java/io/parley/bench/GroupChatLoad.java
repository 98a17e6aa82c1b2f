package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.parley.testing.Await;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Many online users, one socket each. Messages are sent at random moments of a fixed rate to random
 * groups; the latency runs from the moment a message was due until its last member has received it.
 */
final class GroupChatLoad implements BenchSocket.Heard {
  private static final String REGISTER = "{\"type\":\"register\",\"address\":\"inbox\"}";
  private static final String PING = "{\"type\":\"ping\"}";
  private static final byte[] MARK = "\"body\":\"#".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EVENT =
      "{\"type\":\"rec\",\"address\":\"inbox\"".getBytes(StandardCharsets.US_ASCII);
  private static final String FILLER = "x".repeat(240);
  private static final long LONGEST = TimeUnit.MINUTES.toNanos(1);
  private static final int MOST = 1_000_000;

  private final SeededUsers crowd;
  private final BenchSocket[] ears;
  private final CountDownLatch ready;
  private final AtomicIntegerArray heard = new AtomicIntegerArray(MOST);
  private final AtomicLongArray due = new AtomicLongArray(MOST);
  private final AtomicLong said = new AtomicLong();
  private final AtomicLong complete = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private volatile Histogram latency = new ConcurrentHistogram(LONGEST, 3);

  GroupChatLoad(SeededUsers crowd, int sockets) {
    this.crowd = crowd;
    this.ears = new BenchSocket[sockets];
    this.ready = new CountDownLatch(sockets);
  }

  void connect(BenchSockets pool, int port) throws InterruptedException {
    for (int i = 0; i < ears.length; i++) {
      String headers = "Authorization: " + crowd.token(i) + "\r\n";
      ears[i] = new BenchSocket(i, "/eventbus/websocket", headers, this);
      pool.open(port, ears[i]);
      // a queue of connections has an end too
      if (i % 500 == 499) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    if (!ready.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(ready.getCount() + " sockets never listened");
    }
  }

  @Override
  public void opened(BenchSocket ear) {
    ear.say(REGISTER);
    ear.say(PING);
  }

  @Override
  public void frame(BenchSocket ear, ByteBuf payload) {
    if (ear.note == null) {
      ear.note = true;
      ready.countDown();
      return;
    }
    if (!isEvent(payload)) {
      if (payload.toString(StandardCharsets.UTF_8).contains("\"err\"")) {
        refused.incrementAndGet();
      }
      return;
    }
    int at = ByteBufUtil.indexOf(io.netty.buffer.Unpooled.wrappedBuffer(MARK), payload);
    if (at >= 0) {
      hear(number(payload, payload.readerIndex() + at + MARK.length));
    }
  }

  /** Whether it is news, and no answer. */
  static boolean isEvent(ByteBuf payload) {
    int from = payload.readerIndex();
    for (int i = 0; i < EVENT.length; i++) {
      if (payload.getByte(from + i) != EVENT[i]) {
        return false;
      }
    }
    return true;
  }

  static int number(ByteBuf payload, int from) {
    int number = 0;
    for (int at = from; payload.getByte(at) != ' '; at++) {
      number = number * 10 + payload.getByte(at) - '0';
    }
    return number;
  }

  private void hear(int message) {
    if (heard.incrementAndGet(message) == SeededUsers.GROUP) {
      latency.recordValue(Math.min(LONGEST - 1, System.nanoTime() - due.get(message)));
      complete.incrementAndGet();
    }
  }

  /** One message, meant for this very nanosecond. */
  void say(int group, int member, long at) {
    int number = (int) said.getAndIncrement();
    due.set(number, at);
    BenchSocket ear = ears[crowd.member(group, member)];
    ear.execute(
        () ->
            ear.say(
                "{\"type\":\"send\",\"address\":\"appendItem\",\"headers\":{},\"body\":{\"ref\":\""
                    + crowd.conversation(group)
                    + "\",\"type\":\"message\",\"client_id\":\"c"
                    + number
                    + "\",\"body\":\"#"
                    + number
                    + " "
                    + FILLER
                    + "\"},\"replyAddress\":\"r\"}"));
  }

  Histogram startAnew() {
    Histogram before = latency;
    latency = new ConcurrentHistogram(LONGEST, 3);
    return before;
  }

  long said() {
    return said.get();
  }

  /** Every message was heard by everybody, once. */
  void settle() {
    Await.until("everybody heard everything", () -> complete.get() == said.get());
    for (int i = 0; i < said.get(); i++) {
      if (heard.get(i) != SeededUsers.GROUP) {
        throw new IllegalStateException("message " + i + " was heard " + heard.get(i) + " times");
      }
    }
    if (refused.get() > 0) {
      throw new IllegalStateException(refused.get() + " messages were refused");
    }
  }

  @Override
  public void ended(BenchSocket ear) {}
}
