package io.parley.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Sockets that say one thing each, after registering: how long until that is answered. */
final class ScaleSocket implements BenchSocket.Heard {
  private static final int MOST = 50;
  private static final long PATIENCE = 30;

  private final String question;
  private final String answer;
  private final CompletableFuture<Long> answered = new CompletableFuture<>();
  private long asked;

  private ScaleSocket(String question, String answer) {
    this.question = question;
    this.answer = answer;
  }

  /** Registers; the time until a ping after that is answered. */
  static Histogram register(ScaleNode node, String token, double seconds) {
    return run(
        node,
        token,
        seconds,
        "{\"type\":\"register\",\"address\":\"inbox\"}\n{\"type\":\"ping\"}",
        "\"pong\"");
  }

  /** Asks what has happened in a conversation since a revision. */
  static Histogram resume(
      ScaleNode node, String token, double seconds, long conversation, long rev) {
    String question =
        "{\"type\":\"register\",\"address\":\"inbox\"}\n{\"type\":\"send\",\"address\":\"resume\",\"replyAddress\":\"r\",\"body\":{\"positions\":{\"%d\":%d}}}";
    return run(node, token, seconds, question.formatted(conversation, rev), "\"address\":\"r\"");
  }

  private static Histogram run(
      ScaleNode node, String token, double seconds, String question, String answer) {
    Histogram latency = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    long end = System.nanoTime() + (long) (seconds * 1e9);
    try (BenchSockets pool = new BenchSockets()) {
      do {
        ScaleSocket heard = new ScaleSocket(question, answer);
        String headers = "Authorization: " + token + "\r\n";
        BenchSocket socket = new BenchSocket(0, "/eventbus/websocket", headers, heard);
        pool.open(node.server().port(), socket);
        latency.recordValue(heard.answered.orTimeout(PATIENCE, TimeUnit.SECONDS).join());
        socket.execute(socket::close);
      } while (System.nanoTime() < end && latency.getTotalCount() < MOST);
    }
    return latency;
  }

  @Override
  public void opened(BenchSocket ear) {
    asked = System.nanoTime();
    question.lines().forEach(ear::say);
  }

  @Override
  public void frame(BenchSocket ear, ByteBuf payload) {
    String text = payload.toString(StandardCharsets.UTF_8);
    if (text.contains("\"err\"")) {
      var _ = answered.completeExceptionally(new IllegalStateException(text));
    } else if (text.contains(answer)) {
      var _ = answered.complete(System.nanoTime() - asked);
    }
  }

  @Override
  public void ended(BenchSocket ear) {}

  @Override
  public void failed(BenchSocket ear, String why) {
    var _ = answered.completeExceptionally(new IllegalStateException(why));
  }
}
