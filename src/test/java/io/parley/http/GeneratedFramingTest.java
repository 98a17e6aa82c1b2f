package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.ByteMutations;
import io.parley.testing.Concurrently;
import io.parley.testing.FaultVolume;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Requests that are nearly valid HTTP: wrong chunks, folded and endless headers, stray line ends,
 * several lengths, huge paths, pipelines that break off. Each connection ends soon after its client
 * has ended it, without an answer of 5xx. {@code -Dvolume} multiplies the requests.
 */
@Tag("fast")
class GeneratedFramingTest {
  private static final int REQUESTS = 2_500;
  private static final int WORKERS = 8;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
  private static final String JSON = "Content-Type: application/json\r\n";
  private static final List<String> PIECES =
      List.of(
          "\r",
          "\n",
          "\r\n",
          "\r\n ",
          "\r\n\t",
          "\r\n\r\n",
          "\0",
          ":",
          " ",
          "%",
          "%00",
          "%2e%2e/",
          "?",
          "#",
          "\\",
          "\u00e4",
          "Content-Length: 12\r\n",
          "Content-Length: 0\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: identity\r\n",
          "Host: y\r\n",
          "X: " + "y".repeat(500) + "\r\n",
          "Expect: 100-continue\r\n",
          "Connection: close\r\n",
          "Connection: Upgrade\r\nUpgrade: h2c\r\n",
          "Forwarded: for=1.2.3.4;host=\"\r\n",
          "HTTP/1.0",
          "HTTP/2.0",
          "GET /things/7 HTTP/1.1\r\nHost: x\r\n\r\n",
          "0\r\n\r\n",
          "c;a=\"b\r\n");
  private static final List<byte[]> VALID =
      java.util.stream.Stream.of(
              "POST /things HTTP/1.1\r\nHost: x\r\n"
                  + JSON
                  + "Content-Length: 12\r\n\r\n{\"text\":\"a\"}",
              "POST /things HTTP/1.1\r\nHost: x\r\n"
                  + JSON
                  + "Transfer-Encoding: chunked\r\nTrailer: T\r\n\r\n5;x=y\r\n{\"tex\r\n7\r\nt\":\"a\"}\r\n0\r\nT: 1\r\n\r\n",
              "GET /things/7?limit=3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann\r\n\r\n",
              "GET http://x/mine HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann\r\nX-Request-Id: 1\r\n\r\n",
              "OPTIONS /things HTTP/1.1\r\nHost: x\r\nOrigin: https://guest.example\r\nAccess-Control-Request-Method: POST\r\n\r\n",
              "POST /events HTTP/1.1\r\nHost: x\r\nwebhook-id: 1\r\nwebhook-timestamp: 1767225600\r\nwebhook-signature: v1,AAAA\r\n"
                  + JSON
                  + "Content-Length: 12\r\n\r\n{\"text\":\"a\"}",
              "GET /eventbus/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
              "HEAD / HTTP/1.0\r\n\r\n",
              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
              "POST /things HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  + JSON
                  + "Content-Length: 12\r\n\r\n{\"text\":\"a\"}GET /address HTTP/1.1\r\nHost: x\r\n\r\n")
          .map(text -> text.getBytes(StandardCharsets.UTF_8))
          .toList();

  private static TestEdge edge;

  @BeforeAll
  static void start() {
    edge = new TestEdge();
  }

  @AfterAll
  static void stop() {
    edge.close();
  }

  @Test
  void everyConnectionEndsWithoutAnAnswerOf5xx() throws IOException {
    List<CompletableFuture<Integer>> workers =
        IntStream.range(0, WORKERS)
            .mapToObj(worker -> Concurrently.ask(() -> send(worker)))
            .toList();
    int answers = workers.stream().mapToInt(CompletableFuture::join).sum();
    // most inputs come as far as an answer
    assertThat(answers).isGreaterThan(FaultVolume.of(REQUESTS) / 4);
    assertThat(edge.raw("GET /things/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200");
  }

  private static int send(int worker) {
    ByteMutations mutations = new ByteMutations(worker, PIECES);
    int answers = 0;
    for (int i = 0; i < FaultVolume.of(REQUESTS) / WORKERS; i++) {
      answers += count(mutations, mutations.next(VALID));
    }
    return answers;
  }

  /** How many answers {@code request} gets. */
  private static int count(ByteMutations mutations, byte[] request) {
    String described =
        "seed " + ByteMutations.seed() + ": " + new String(request, StandardCharsets.ISO_8859_1);
    try (Socket socket = edge.connect()) {
      int half = mutations.random().nextInt(request.length + 1);
      write(socket, request, 0, half);
      write(socket, request, half, request.length - half);
      try {
        socket.shutdownOutput();
      } catch (IOException closed) {
        // the other side was first
      }
      Matcher status = STATUS.matcher(TestEdge.readAll(socket));
      int answers = 0;
      while (status.find()) {
        assertThat(Integer.parseInt(status.group(1))).describedAs(described).isLessThan(500);
        answers++;
      }
      // no port has to wait for late packets
      socket.setSoLinger(true, 0);
      return answers;
    } catch (IOException hangs) {
      throw new AssertionError("the connection stays open: " + described, hangs);
    }
  }

  private static void write(Socket socket, byte[] bytes, int from, int length) {
    try {
      socket.getOutputStream().write(bytes, from, length);
    } catch (IOException closed) {
      // the edge may answer and close before it has read everything
    }
  }
}
