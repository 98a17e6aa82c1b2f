package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that take memory and give nothing: unread answers, bodies that never end. */
@Tag("fast")
class SlowClientsTest {
  private static final String CLOSE = "Connection: close\r\n\r\n";
  private static TestEdge edge;

  @BeforeAll
  static void start() {
    edge = new TestEdge();
  }

  @AfterAll
  static void stop() {
    edge.close();
  }

  private static Socket narrow() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(8 * 1024);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), edge.port()), 5_000);
    socket.setSoTimeout(10_000);
    return socket;
  }

  @Test
  void aClientThatDoesNotReadItsAnswerIsDisconnected() throws Exception {
    try (Socket unread = narrow();
        Socket read = edge.connect()) {
      for (Socket each : List.of(unread, read)) {
        TestEdge.write(each, "GET /large HTTP/1.1\r\nHost: x\r\n" + CLOSE);
      }
      // reads, if slowly: it takes longer than the time-out, but never stops for as long
      long length = 0;
      byte[] part = new byte[128 * 1024];
      for (int n = 0; n >= 0; n = read.getInputStream().read(part)) {
        length += n;
        LockSupport.parkNanos(15_000_000);
      }
      assertThat(length).isGreaterThan(TestEdge.LARGE);
      Await.until("the client that reads nothing is disconnected", () -> isClosed(unread));
    }
  }

  /** Writing to a connection that the other side has ended fails sooner or later. */
  private static boolean isClosed(Socket socket) {
    try {
      socket.getOutputStream().write('\n');
      return false;
    } catch (IOException ended) {
      return true;
    }
  }

  private static String post(String path, String headers, int length) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + headers
        + "Content-Length: "
        + length
        + "\r\n\r\n";
  }

  @Test
  void whoMayNotCallIsRefusedBeforeTheBodyArrives() throws Exception {
    String webhook = "webhook-id: 1\r\nwebhook-signature: v1,AAAA\r\nwebhook-timestamp: ";
    long now = Instant.now().getEpochSecond();
    for (String headers :
        List.of(
            "Authorization: Bearer nobody\r\n",
            "Authorization: Bearer ann\r\n",
            webhook + (now - 400) + "\r\n",
            webhook + "x\r\n",
            "webhook-signature: v1,AAAA\r\n")) {
      assertThat(edge.raw(post("/events", headers, 60_000)))
          .describedAs(headers)
          .startsWith(headers.contains("ann") ? "HTTP/1.1 403" : "HTTP/1.1 401")
          .containsIgnoringCase("connection: close");
    }
  }

  @Test
  void strangersCannotTakeTheMemoryOfThoseWhoSignedIn() throws Exception {
    List<Socket> halfSent = new ArrayList<>();
    try {
      // a quarter of the memory is one whole body
      for (int i = 0; i < 4; i++) {
        Socket each = edge.connect();
        halfSent.add(each);
        TestEdge.write(each, post("/things", "", TestEdge.MAX_BODY));
        TestEdge.write(each, "x".repeat(TestEdge.MAX_BODY - 1));
      }
      String known = "Authorization: Bearer ann\r\nConnection: close\r\n";
      assertThat(edge.raw(post("/things", known, 12) + "{\"text\":\"a\"}")).contains("201 ");
    } finally {
      for (Socket each : halfSent) {
        each.close();
      }
    }
  }
}
