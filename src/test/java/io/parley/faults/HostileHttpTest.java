package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Strangers who try to take the gateway from everybody else. */
@Tag("fault")
@ExtendWith(GatewayExtension.class)
class HostileHttpTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final int DOWNLOADS = 200;
  private static TestGateway node;
  private static String ann;

  @BeforeAll
  static void start(
      @WithSettings({
            "PARLEY_HTTP_WRITE_TIMEOUT=2s",
            "PARLEY_HTTP_MAX_DOWNLOADS=200",
            "PARLEY_HTTP_MAX_DOWNLOADS_PER_CALLER=200"
          })
          TestGateway gateway) {
    node = gateway;
    ann = node.signUp("ann", "person");
  }

  private static CompletableFuture<HttpResponse<String>> ask(String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(node.uri(path)).POST(BodyPublishers.ofString(body)).build();
    return CLIENT.sendAsync(request, BodyHandlers.ofString());
  }

  /** How long the slower half of some questions about the health takes, at least. */
  private static long medianMsOfHealth() throws Exception {
    List<Long> took = new ArrayList<>();
    HttpRequest question = HttpRequest.newBuilder(node.uri("/health/live")).build();
    for (int i = 0; i < 9; i++) {
      long began = System.nanoTime();
      assertThat(CLIENT.send(question, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      took.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }
    Collections.sort(took);
    return took.get(took.size() / 2);
  }

  private static long usedMemory() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void messagesOfStrangersNeitherFillTheMemoryNorBlockTheEventLoops() throws Exception {
    String tiny = "[\"x\"" + ",\"x\"".repeat(320_000) + "]";
    String many = "[\"x\"" + ",\"x\"".repeat(4_000) + "]";
    String large = "[\"x\"" + (",\"" + "x".repeat(60_000) + "\"").repeat(20) + "]";
    List<String> sessions =
        IntStream.range(0, 8).mapToObj(i -> "/eventbus/0/h" + i + System.nanoTime()).toList();
    for (String session : sessions) {
      assertThat(ask(session + "/xhr", "").join().body()).isEqualTo("o\n");
    }
    long before = usedMemory();
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      String attack = i % 3 == 0 ? tiny : i % 3 == 1 ? many : large;
      all.add(ask(sessions.get(i) + "/xhr_send", attack));
    }
    assertThat(medianMsOfHealth()).isLessThan(1_000);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).join().statusCode())
          .isEqualTo(i % 3 == 0 ? 400 : i % 3 == 1 ? 204 : 503);
      if (i % 3 > 0) {
        assertThat(ask(sessions.get(i) + "/xhr", "").join().body()).contains("c[1008,");
      }
    }
    assertThat(usedMemory() - before).isLessThan(64 << 20);
  }

  private static Socket connect(int receiveBuffer) throws IOException {
    return connect(node, receiveBuffer);
  }

  private static Socket connect(TestGateway to, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(receiveBuffer);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to.port()), 10_000);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void aRequestInTheBodyOfAnotherIsNeverServed() throws Exception {
    String hidden =
        "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + ann + "\r\n\r\n";
    String outer =
        "POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    for (String lengths :
        List.of(
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "Content-Length: 0\r\nContent-Length: 120\r\n\r\n",
            "Transfer-Encoding: xchunked\r\n\r\n")) {
      try (Socket socket = connect(65_536)) {
        write(socket, outer + lengths + hidden + hidden);
        String answer = readAll(socket.getInputStream());
        assertThat(answer)
            .describedAs(lengths)
            .startsWith("HTTP/1.1 400")
            .doesNotContain("\"username\"");
      }
    }
  }

  private static String readAll(InputStream in) {
    StringBuilder read = new StringBuilder();
    byte[] part = new byte[8_192];
    try {
      for (int n = in.read(part); n >= 0; n = in.read(part)) {
        read.append(new String(part, 0, n, StandardCharsets.UTF_8));
      }
    } catch (IOException reset) {
      // closed over what was still on its way
    }
    return read.toString();
  }

  @Test
  void downloadsThatNobodyReadsAreLetGo() throws Exception {
    String path = "/api/attachments/" + upload();
    HttpRequest download =
        HttpRequest.newBuilder(node.uri(path)).header("Authorization", ann).build();
    List<Socket> unread = new ArrayList<>();
    try {
      for (int i = 0; i < DOWNLOADS; i++) {
        Socket socket = connect(4_096);
        unread.add(socket);
        write(
            socket,
            "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + ann + "\r\n\r\n");
      }
      Await.until(
          "a reader is served again",
          () -> CLIENT.send(download, BodyHandlers.discarding()).statusCode() == 200);
      for (Socket each : unread) {
        Await.until("the connection is closed", () -> isClosed(each));
      }
    } finally {
      for (Socket each : unread) {
        each.close();
      }
    }
  }

  /** The id of a large file of Ann's. */
  private static String upload() throws Exception {
    HttpRequest upload =
        HttpRequest.newBuilder(node.uri("/api/attachments?name=large"))
            .header("Authorization", ann)
            .POST(BodyPublishers.ofByteArray(new byte[4 << 20]))
            .build();
    String body = CLIENT.send(upload, BodyHandlers.ofString()).body();
    return new JsonObject(body).getString("id");
  }

  @Test
  void aCallerCannotTakeTheDownloadsOfOthers(
      @WithSettings("PARLEY_HTTP_MAX_DOWNLOADS_PER_CALLER=2") TestGateway strict) throws Exception {
    String file = upload();
    String path = "/api/attachments/" + file;
    String link = strict.post(ann, path + "/link", null).is(200).json().getString("url");
    List<Socket> unread = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        Socket socket = connect(strict, 4_096);
        unread.add(socket);
        write(
            socket,
            "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + ann + "\r\n\r\n");
        assertThat(socket.getInputStream().read()).isEqualTo('H');
      }
      strict.get(ann, path).is(503);
      HttpRequest byLink =
          HttpRequest.newBuilder(strict.uri(link.substring(link.indexOf("/api/")))).build();
      assertThat(CLIENT.send(byLink, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
    } finally {
      for (Socket each : unread) {
        each.close();
      }
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

  @Test
  void livenessIsAnsweredDuringAFloodOfPipelinedRequests() throws Exception {
    String burst =
        "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer none\r\n\r\n"
            .repeat(200);
    List<Socket> flood = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Socket socket = connect(65_536);
        flood.add(socket);
        Thread.ofVirtual().start(() -> readAll(socketInput(socket)));
        Thread.ofVirtual().start(() -> writeForEver(socket, burst));
      }
      assertThat(medianMsOfHealth()).isLessThan(1_000);
    } finally {
      for (Socket each : flood) {
        each.close();
      }
    }
  }

  private static InputStream socketInput(Socket socket) {
    try {
      return socket.getInputStream();
    } catch (IOException closed) {
      return InputStream.nullInputStream();
    }
  }

  private static void writeForEver(Socket socket, String text) {
    try {
      while (true) {
        write(socket, text);
      }
    } catch (IOException closed) {
      // the test is over
    }
  }
}
