package io.parley.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * HTTP load that costs little: raw sockets, requests encoded by the caller, answers read as far as their length. Closed
 * loop: every connection asks again as soon as it is answered. Open loop: requests are due at a fixed rate, and latency
 * counts from the moment one was due, so a server that stalls cannot hide it.
 */
final class Load implements AutoCloseable {
  /** What came of a round. */
  record Outcome(long answered, long failed, double seconds, Histogram latency) {
    double perSecond() {
      return answered / seconds;
    }
  }

  private final Vertx vertx = Vertx.vertx();
  private final int port;

  Load(int port) {
    this.port = port;
  }

  /** {@code request} makes the next request of a connection, {@code answered} sees its number and the answer's body. */
  Outcome closed(int connections, double seconds, IntFunction<Buffer> request, BiConsumer<Integer, String> answered) {
    return run(connections, seconds, 0, request, answered);
  }

  Outcome open(int connections, double seconds, double rate, IntFunction<Buffer> request) {
    return run(connections, seconds, rate, request, (connection, body) -> {});
  }

  private Outcome run(int connections, double seconds, double rate, IntFunction<Buffer> request, BiConsumer<Integer, String> answered) {
    Round round = new Round(seconds, rate / connections, request, answered);
    NetClient client = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
    AtomicInteger left = new AtomicInteger(connections);
    CompletableFuture<Void> done = new CompletableFuture<>();
    for (int i = 0; i < connections; i++) {
      int number = i;
      client
          .connect(port, "127.0.0.1")
          .onSuccess(
              socket ->
                  new Line(round, socket, number, connections, () -> {
                        if (left.decrementAndGet() == 0) {
                          done.complete(null);
                        }
                      })
                      .begin())
          .onFailure(done::completeExceptionally);
    }
    done.orTimeout((long) seconds + 30, TimeUnit.SECONDS).join();
    return new Outcome(round.count.sum(), round.failures.sum(), (System.nanoTime() - round.begin) / 1e9, round.latency);
  }

  private static final class Round {
    final long begin = System.nanoTime();
    final long end;
    final double ratePerLine;
    final IntFunction<Buffer> request;
    final BiConsumer<Integer, String> answered;
    final LongAdder count = new LongAdder();
    final LongAdder failures = new LongAdder();
    final Histogram latency = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);

    Round(double seconds, double ratePerLine, IntFunction<Buffer> request, BiConsumer<Integer, String> answered) {
      this.end = begin + (long) (seconds * 1e9);
      this.ratePerLine = ratePerLine;
      this.request = request;
      this.answered = answered;
    }
  }

  /** One connection; confined to its event loop. */
  private final class Line {
    private final Round round;
    private final NetSocket socket;
    private final int number;
    private final Runnable over;
    private Buffer pending = Buffer.buffer();
    private long due;
    private boolean ended;

    Line(Round round, NetSocket socket, int number, int lines, Runnable over) {
      this.round = round;
      this.socket = socket;
      this.number = number;
      this.over = over;
      this.due = round.begin + (round.ratePerLine == 0 ? 0 : (long) (1e9 / round.ratePerLine * number / lines));
    }

    void begin() {
      socket.handler(this::received);
      socket.closeHandler(closed -> end());
      next();
    }

    private void next() {
      long now = System.nanoTime();
      if (round.ratePerLine == 0) {
        due = now;
      } else if (due > now) {
        long wait = due - now;
        if (wait > 1_500_000) {
          vertx.setTimer(wait / 1_000_000, later -> next());
          return;
        }
        LockSupport.parkNanos(wait);
      }
      if (due >= round.end) {
        end();
        return;
      }
      socket.write(round.request.apply(number));
    }

    private void received(Buffer part) {
      pending = pending.length() == 0 ? part : pending.appendBuffer(part);
      String text = pending.toString(StandardCharsets.ISO_8859_1);
      int head = text.indexOf("\r\n\r\n");
      if (head < 0) {
        return;
      }
      int length = length(text, head);
      if (pending.length() < head + 4 + length) {
        return;
      }
      pending = Buffer.buffer();
      round.latency.recordValue(Math.min(System.nanoTime() - due, TimeUnit.SECONDS.toNanos(59)));
      if (text.charAt(9) == '2') {
        round.count.increment();
        round.answered.accept(number, text.substring(head + 4));
      } else {
        round.failures.increment();
      }
      due += round.ratePerLine == 0 ? 0 : (long) (1e9 / round.ratePerLine);
      next();
    }

    private int length(String text, int head) {
      int at = text.indexOf("ontent-");
      while (at >= 0 && at < head && !text.regionMatches(true, at + 7, "length: ", 0, 8)) {
        at = text.indexOf("ontent-", at + 7);
      }
      return at < 0 || at > head ? 0 : Integer.parseInt(text.substring(at + 15, text.indexOf('\r', at)));
    }

    private void end() {
      if (!ended) {
        ended = true;
        socket.close();
        over.run();
      }
    }
  }

  static Buffer get(String path, String authorization) {
    return Buffer.buffer("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header(authorization) + "\r\n");
  }

  static Buffer post(String path, String authorization, String body) {
    return Buffer.buffer(
        "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header(authorization)
            + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
  }

  private static String header(String authorization) {
    return authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n";
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
