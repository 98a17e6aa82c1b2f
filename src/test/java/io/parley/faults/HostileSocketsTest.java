package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.parley.testing.Await;
import io.parley.testing.Concurrently;
import io.parley.testing.GatewayExtension;
import io.parley.testing.RawSocket;
import io.parley.testing.RawSocket.Frame;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that break the protocol, by mistake or on purpose. */
@Tag("fault")
@ExtendWith(GatewayExtension.class)
class HostileSocketsTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String REGISTER = "{\"type\":\"register\",\"address\":\"inbox\"}";
  private static final String PING = "[\"{\\\"type\\\":\\\"ping\\\"}\"]";
  private static final String FOREIGN = "http://elsewhere.example";
  private static TestGateway node;
  private static String ann;

  @BeforeAll
  static void start(TestGateway gateway) {
    node = gateway;
    ann = node.signUp("ann", "person");
  }

  private static RawSocket open() throws IOException {
    RawSocket socket = new RawSocket(node, ann);
    assertThat(socket.status).isEqualTo(101);
    return socket;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void answersPing(RawSocket socket) throws IOException {
    socket.text("{\"type\":\"ping\"}");
    String text = socket.readText();
    while (!text.contains("pong")) {
      text = socket.readText();
    }
  }

  @Test
  void aFrameOverTheLimitClosesWith1009AndOneAtTheLimitIsAnswered() throws IOException {
    try (RawSocket socket = open()) {
      socket.text("x".repeat(64 * 1024));
      assertThat(socket.readText()).contains("\"failureCode\":400");
      answersPing(socket);
      socket.write(RawSocket.frame(0x81, true, new byte[64 * 1024 + 1]));
      assertThat(socket.end()).isEqualTo(1009);
    }
  }

  @Test
  void fragmentsTogetherHaveTheLimitOfOneFrame() throws IOException {
    try (RawSocket socket = open()) {
      socket.write(RawSocket.frame(0x01, true, bytes("{\"type\":")));
      socket.write(RawSocket.frame(0x80 | RawSocket.PING, true, bytes("between")));
      socket.write(RawSocket.frame(0x80, true, bytes("\"ping\"}")));
      Frame pong = socket.read();
      assertThat(pong.opcode()).isEqualTo(RawSocket.PONG);
      assertThat(pong.text()).isEqualTo("between");
      assertThat(socket.readText()).isEqualTo("{\"type\":\"pong\"}");
      socket.write(RawSocket.frame(0x01, true, new byte[40_000]));
      socket.write(RawSocket.frame(0x00, true, new byte[40_000]));
      assertThat(socket.end()).isEqualTo(1009);
    }
  }

  @Test
  void anInvalidWebSocketFrameClosesWith1002() throws IOException {
    List<byte[]> wrong =
        List.of(
            RawSocket.frame(0x81, false, bytes("{\"type\":\"ping\"}")),
            RawSocket.frame(0x80 | 3, true, bytes("reserved")),
            RawSocket.frame(0xC1, true, bytes("compressed")),
            RawSocket.frame(0x80, true, bytes("continues nothing")),
            RawSocket.frame(0x09, true, bytes("a control frame in parts")),
            RawSocket.frame(0x80 | RawSocket.PING, true, new byte[126]));
    for (byte[] each : wrong) {
      try (RawSocket socket = open()) {
        socket.write(each);
        assertThat(socket.end()).isEqualTo(1002);
      }
    }
  }

  @Test
  void randomBytesDoNoHarm() throws IOException {
    long seed = System.nanoTime();
    System.out.println("garbage seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      try (RawSocket socket = open()) {
        byte[] garbage = new byte[1 + random.nextInt(2_000)];
        random.nextBytes(garbage);
        socket.write(garbage);
      } catch (IOException refused) {
        // the server may close in the middle of it
        assertThat(refused).isNotNull();
      }
    }
    try (RawSocket socket = open()) {
      answersPing(socket);
    }
  }

  @Test
  void aCloseFrameIsAnswered() throws IOException {
    try (RawSocket socket = open()) {
      socket.write(RawSocket.frame(0x80 | RawSocket.CLOSE, true, new byte[] {0x03, (byte) 0xE8}));
      assertThat(socket.end()).isEqualTo(1000);
    }
  }

  @Test
  void aFloodOfPingsIsAnsweredAsFastAsTheClientReads() throws Exception {
    try (RawSocket flood = open()) {
      byte[] ping = RawSocket.frame(0x80 | RawSocket.PING, true, new byte[125]);
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 200_000; i++) {
                        flood.write(ping);
                      }
                    } catch (IOException cut) {
                      Thread.currentThread().interrupt();
                    }
                  });
      // its pongs are not read, so it is not read from: it cannot fill our memory
      assertThat(writer.join(java.time.Duration.ofSeconds(2))).isFalse();
      try (RawSocket other = open()) {
        answersPing(other);
      }
      for (int i = 0; i < 200_000; i++) {
        assertThat(flood.read().opcode()).isEqualTo(RawSocket.PONG);
      }
      writer.join();
    }
  }

  @Test
  void tenThousandRegistrationsCountAsOne() throws IOException {
    node.signUp("talker", "person");
    try (RawSocket socket = open()) {
      for (int i = 0; i < 10_000; i++) {
        socket.text(REGISTER);
      }
      answersPing(socket);
      node.say(ann, "talker", "once").is(201);
      String text = socket.readText();
      while (!text.contains("item.created")) {
        text = socket.readText();
      }
      socket.text("{\"type\":\"ping\"}");
      text = socket.readText();
      while (!text.contains("pong")) {
        assertThat(text).doesNotContain("item.created");
        text = socket.readText();
      }
    }
  }

  @Test
  void aSocketBehindOneThatHasEndedReceivesEvents() throws IOException {
    byte[] register = RawSocket.frame(0x81, true, bytes(REGISTER));
    byte[] goodbye = RawSocket.frame(0x80 | RawSocket.CLOSE, true, new byte[] {0x03, (byte) 0xE8});
    byte[] both = ByteBuffer.allocate(100).put(register).put(goodbye).array();
    for (int round = 0; round < 8; round++) {
      String name = "behind" + round;
      String authorization = node.signUp(name, "person");
      List<RawSocket> sockets = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        sockets.add(new RawSocket(node, authorization));
      }
      RawSocket gone = sockets.removeFirst();
      gone.write(Arrays.copyOf(both, register.length + goodbye.length));
      for (RawSocket each : sockets) {
        each.text(REGISTER);
      }
      for (RawSocket each : sockets) {
        answersPing(each);
      }
      node.say(ann, name, "do you hear me").is(201);
      for (RawSocket each : sockets) {
        assertThat(each.readText()).contains("conversation.created");
        assertThat(each.readText()).contains("do you hear me");
        each.close();
      }
      gone.close();
    }
  }

  @Test
  void tenThousandPipelinedRequestsAreEachAnswered() throws Exception {
    try (RawSocket socket = open()) {
      int many = 10_000;
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < many; i++) {
                        socket.text(
                            "{\"type\":\"send\",\"address\":\"getMe\",\"body\":{},\"replyAddress\":\""
                                + i
                                + "\"}");
                      }
                    } catch (IOException cut) {
                      Thread.currentThread().interrupt();
                    }
                  });
      List<String> answered = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        JsonObject reply = new JsonObject(socket.readText());
        assertThat(reply.getJsonObject("headers").getString("status")).isEqualTo("200");
        answered.add(reply.getString("address"));
      }
      assertThat(answered).doesNotHaveDuplicates().hasSize(many);
      writer.join();
    }
  }

  @Test
  void aClientThatStopsReadingIsDisconnectedAndTheOthersGoOn() throws Exception {
    String bob = node.signUp("slowbob", "person");
    long group = node.group(ann, "slow", "slowbob");
    try (RawSocket slow = new RawSocket(node, bob);
        RawSocket fast = new RawSocket(node, bob)) {
      for (RawSocket socket : List.of(slow, fast)) {
        socket.text(REGISTER);
        answersPing(socket);
      }
      String large = "x".repeat(8_000);
      int messages = 150;
      Thread reader =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < messages; i++) {
                        assertThat(fast.readText()).contains("item.created");
                      }
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      for (int i = 0; i < messages; i++) {
        node.say(ann, group, large).is(201);
      }
      reader.join();
      assertThat(reader.isAlive()).isFalse();
      Await.until("the slow reader is closed", HostileSocketsTest::closedForSlowness);
      slow.end();
    }
  }

  private static boolean closedForSlowness() {
    return node.get("", "/metrics").body().contains("parley_sockets_closed_total{code=\"4408\"}");
  }

  @Test
  void pagesOfOtherOriginsOpenNoTransport() throws Exception {
    try (RawSocket socket =
        new RawSocket(node, "/eventbus/websocket", "Origin: " + FOREIGN + "\r\n")) {
      assertThat(socket.status).isEqualTo(403);
    }
    try (RawSocket socket =
        new RawSocket(node, "/eventbus/0/abc/websocket", "Origin: " + FOREIGN + "\r\n")) {
      assertThat(socket.status).isEqualTo(403);
    }
    for (String transport : List.of("xhr", "xhr_streaming", "xhr_send")) {
      assertThat(http("POST", "/eventbus/0/abc/" + transport, "[]", "Origin", FOREIGN).statusCode())
          .isEqualTo(403);
    }
    assertThat(http("GET", "/eventbus/0/abc/eventsource", "", "Origin", FOREIGN).statusCode())
        .isEqualTo(403);
    assertThat(http("GET", "/eventbus/info", "", "Origin", FOREIGN).statusCode()).isEqualTo(403);
  }

  private static HttpResponse<String> http(
      String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(node.uri(path).toString()))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void sockJsSessionsFollowTheProtocol() throws Exception {
    assertThat(http("GET", "/eventbus", "").body()).isEqualTo("Welcome to SockJS!\n");
    assertThat(new JsonObject(http("GET", "/eventbus/info", "").body()).getBoolean("websocket"))
        .isTrue();
    String session = "/eventbus/000/s" + System.nanoTime();
    assertThat(http("POST", session + "/xhr_send", "[\"x\"]").statusCode()).isEqualTo(404);
    assertThat(http("POST", session + "/xhr", "").body()).isEqualTo("o\n");
    assertThat(
            http("POST", session + "/xhr_send", "[\"{\\\"type\\\":\\\"ping\\\"}\"]").statusCode())
        .isEqualTo(204);
    assertThat(http("POST", session + "/xhr", "").body())
        .isEqualTo("a[\"{\\\"type\\\":\\\"pong\\\"}\"]\n");
    assertThat(http("POST", session + "/xhr_send", "").statusCode()).isEqualTo(400);
    assertThat(http("POST", session + "/xhr_send", "[5]").statusCode()).isEqualTo(400);
    assertThat(http("POST", session + "/xhr_send", "[\"").statusCode()).isEqualTo(400);
    assertThat(http("GET", session + "/xhr", "").statusCode()).isEqualTo(405);
    assertThat(http("POST", session + "/jsonp", "").statusCode()).isEqualTo(404);
    assertThat(http("POST", session + "/xhr", "", "Authorization", "Bearer no").statusCode())
        .isEqualTo(401);
    // two at once: one is refused; the other, without credentials, has ten seconds to authenticate
    List<CompletableFuture<String>> both = List.of(poll(session), poll(session));
    List<String> told = both.stream().map(CompletableFuture::join).toList();
    assertThat(told)
        .anySatisfy(
            each -> assertThat(each).isEqualTo("c[2010,\"Another connection still open\"]\n"))
        .anySatisfy(each -> assertThat(each).startsWith("c[4401,"));
    assertThat(http("POST", session + "/xhr", "").body()).startsWith("c[4401,");
  }

  @Test
  void aSockJsSessionBelongsToTheUserWhoBeganIt() throws Exception {
    String bob = node.signUp("sessionbob", "person");
    String session = "/eventbus/000/s" + System.nanoTime();
    assertThat(http("POST", session + "/xhr", "", "Authorization", ann).body()).isEqualTo("o\n");
    for (String transport : List.of("/xhr", "/xhr_send")) {
      assertThat(http("POST", session + transport, PING, "Authorization", bob).statusCode())
          .isEqualTo(404);
    }
    assertThat(http("POST", session + "/xhr_send", PING, "Authorization", ann).statusCode())
        .isEqualTo(204);
    assertThat(http("POST", session + "/xhr", "").statusCode()).isEqualTo(404);
    assertThat(http("POST", session + "/xhr", "", "Authorization", ann).body()).contains("pong");
  }

  /** The clients of SockJS end their session over any answer but success. */
  @Test
  void sockJsMessagesWaitUntilEarlierOnesAreHandled(TestDatabase database) throws Exception {
    long group = node.group(ann, "waiting");
    String session = "/eventbus/000/s" + System.nanoTime();
    assertThat(http("POST", session + "/xhr", "", "Authorization", ann).body()).isEqualTo("o\n");
    JsonArray messages = new JsonArray();
    for (int i = 0; i < 65; i++) {
      messages.add(
          new JsonObject()
              .put("type", "send")
              .put("address", "appendItem")
              .put(
                  "body",
                  new JsonObject().put("ref", group + "").put("type", "message").put("body", "x"))
              .put("replyAddress", "r" + i)
              .encode());
    }
    CompletableFuture<HttpResponse<String>> next;
    try (Connection other = database.connect()) {
      other.setAutoCommit(false);
      TestDatabase.rows(other, "select from conversation where id = " + group + " for update");
      String body = messages.encode();
      assertThat(http("POST", session + "/xhr_send", body, "Authorization", ann).statusCode())
          .isEqualTo(204);
      next = Concurrently.ask(() -> ping(session));
      // it would be refused meanwhile
      for (int i = 0; i < 30; i++) {
        assertThat(http("GET", "/health/live", "").statusCode()).isEqualTo(200);
      }
      assertThat(next).isNotDone();
      other.commit();
    }
    assertThat(next.join().statusCode()).isEqualTo(204);
  }

  private static HttpResponse<String> ping(String session) {
    try {
      return http("POST", session + "/xhr_send", PING, "Authorization", ann);
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Test
  void whoGuessesSessionIdsIsAnsweredAfterASecond() throws Exception {
    String session = "/eventbus/000/guess" + System.nanoTime();
    long began = System.nanoTime();
    assertThat(http("POST", session + "/xhr_send", PING).statusCode()).isEqualTo(404);
    assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
  }

  @Test
  void aClientThatIsNotSignedInMaySendAHundredFrames() throws IOException {
    try (RawSocket socket = new RawSocket(node, "/eventbus/websocket", "")) {
      for (int i = 0; i < 100; i++) {
        answersPing(socket);
      }
      socket.text("{\"type\":\"ping\"}");
      assertThat(socket.end()).isEqualTo(1008);
    }
  }

  @Test
  void aTrailingSlashIsIgnored() throws Exception {
    assertThat(http("GET", "/eventbus/info/", "").statusCode()).isEqualTo(200);
    try (RawSocket socket =
        new RawSocket(node, "/eventbus/websocket/", "Authorization: " + ann + "\r\n")) {
      answersPing(socket);
    }
  }

  @Test
  void aClientThatReadsALargeResponseSlowlyKeepsItsSession() throws Exception {
    String slow = node.signUp("slowline", "person");
    String session = "/eventbus/000/s" + System.nanoTime();
    assertThat(http("POST", session + "/xhr", "", "Authorization", slow).body()).isEqualTo("o\n");
    String register = "[\"" + REGISTER.replace("\"", "\\\"") + "\"," + PING.substring(1);
    http("POST", session + "/xhr_send", register, "Authorization", slow);
    assertThat(http("POST", session + "/xhr", "", "Authorization", slow).body()).contains("pong");
    for (int i = 0; i < 8; i++) {
      node.say(ann, "slowline", "x".repeat(8_000)).is(201);
    }
    try (java.net.Socket line = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      line.getOutputStream()
          .write(
              bytes(
                  "POST "
                      + session
                      + "/xhr HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                      + slow
                      + "\r\nContent-Length: 0\r\n\r\n"));
      int read = 0;
      while (read < 64_000) {
        read += line.getInputStream().readNBytes(1_000).length;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(110));
      }
    }
    http("POST", session + "/xhr_send", PING, "Authorization", slow);
    assertThat(http("POST", session + "/xhr", "", "Authorization", slow).body()).contains("pong");
  }

  @Test
  void aClientThatOnlyListensCountsAsAlive() throws Exception {
    assumeTrue(Boolean.getBoolean("parley.faults.full"), "takes more than a minute");
    String quiet = node.signUp("quiet", "person");
    String session = "/eventbus/000/s" + System.nanoTime();
    HttpRequest events =
        HttpRequest.newBuilder(node.uri(session + "/eventsource"))
            .header("Authorization", quiet)
            .build();
    try (InputStream answer = CLIENT.send(events, BodyHandlers.ofInputStream()).body()) {
      String register = "[\"" + REGISTER.replace("\"", "\\\"") + "\"]";
      assertThat(http("POST", session + "/xhr_send", register, "Authorization", quiet).statusCode())
          .isEqualTo(204);
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8));
      int beats = 0;
      while (beats < 3) {
        String line = lines.readLine();
        assertThat(line).isNotNull().doesNotStartWith("data: c");
        beats += line.equals("data: h") ? 1 : 0;
      }
      node.say(ann, "quiet", "still there").is(201);
      String line = lines.readLine();
      while (!line.contains("still there")) {
        line = lines.readLine();
        assertThat(line).isNotNull().doesNotStartWith("data: c");
      }
    }
  }

  @Test
  void aClientThatSendsMoreThanIsReadStillReceivesTheCloseCode() throws IOException {
    for (int i = 0; i < 20; i++) {
      try (RawSocket socket = open()) {
        socket.write(RawSocket.frame(0x81, true, new byte[64 * 1024 + 1]));
        for (int more = 0; more < 20; more++) {
          socket.write(RawSocket.frame(0x81, true, new byte[60_000]));
        }
        Frame last = socket.read();
        assertThat(last.closeCode()).isEqualTo(1009);
        assertThat(last.text()).endsWith("too large");
      }
    }
  }

  private static CompletableFuture<String> poll(String session) {
    HttpRequest request =
        HttpRequest.newBuilder(node.uri(session + "/xhr")).POST(BodyPublishers.noBody()).build();
    return CLIENT
        .sendAsync(request, BodyHandlers.ofString())
        .thenApply(HttpResponse::body)
        .orTimeout(20, TimeUnit.SECONDS);
  }

  @Test
  void thousandsOfUnfinishedHandshakesTimeOut() throws Exception {
    try (TestGateway patient =
        new TestGateway(
            TestDatabase.fresh(),
            Map.of(
                "PARLEY_HTTP_IDLE_TIMEOUT",
                "2s",
                "PARLEY_HTTP_MAX_CONNECTIONS_PER_ADDRESS",
                "10000"))) {
      List<java.net.Socket> half = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        java.net.Socket socket =
            new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), patient.port());
        socket.setSoTimeout(20_000);
        socket
            .getOutputStream()
            .write(bytes("GET /eventbus/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: web"));
        half.add(socket);
      }
      String bob = patient.signUp("bob", "person");
      try (RawSocket works = new RawSocket(patient, bob)) {
        answersPing(works);
        for (java.net.Socket socket : half) {
          assertThat(socket.getInputStream().read()).isEqualTo(-1);
          socket.close();
        }
        answersPing(works);
      }
    }
  }

  @Test
  void anInvalidHandshakeIsAnsweredWithTheReason() throws Exception {
    assertThat(http("GET", "/eventbus/websocket", "").statusCode()).isEqualTo(426);
    assertThat(http("POST", "/eventbus/websocket", "x").statusCode()).isEqualTo(405);
    try (java.net.Socket old = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      old.getOutputStream()
          .write(
              bytes(
                  """
                  GET /eventbus/websocket HTTP/1.0\r
                  Host: localhost\r
                  Upgrade: websocket\r
                  Connection: Upgrade\r
                  Sec-WebSocket-Version: 13\r
                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                  \r
                  """));
      assertThat(new String(old.getInputStream().readNBytes(12), StandardCharsets.UTF_8))
          .endsWith(" 426");
    }
    assertThat(http("GET", "/eventbus/a/b/c/d", "").statusCode()).isEqualTo(404);
    assertThat(http("GET", "/eventbusiness", "").statusCode()).isEqualTo(404);
  }
}
