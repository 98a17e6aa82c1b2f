package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.Main;
import io.parley.testing.Await;
import io.parley.testing.ChildProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stopping a gateway while work is stuck in every room. */
@Tag("fault")
class StopTest {
  private static final Duration PROMISED = Duration.ofSeconds(10);
  private static final String PASSWORD = "correct horse";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir private Path data;
  private final int port = ChildProcess.freePort();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void stopsInTimeWithWorkStuckInEveryRoomAndTakesTheDatabaseWithIt() throws Exception {
    ServerSocket silentProvider = kept(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    ChildProcess gateway = start(silentProvider.getLocalPort());
    post("", "/api/users", user("ann")).is(201);
    post(basic("ann"), "/api/conversations", "{\"kind\":\"group\",\"name\":\"Stuck\"}").is(201);
    int databasePort = Integer.parseInt(postmaster().get(3).strip());

    post("", "/api/messages/sms", sms()).is(202);
    kept(silentProvider.accept());
    Connection lock = lockEveryConversation();
    sendOverRest();
    sendOverSocket();
    beginUpload();
    beginBody();
    queuePasswords();
    awaitBlockedStatement(lock);

    long began = System.nanoTime();
    int status = gateway.terminate();
    Duration took = Duration.ofNanos(System.nanoTime() - began);

    assertThat(took).describedAs(gateway.output()).isLessThan(PROMISED);
    assertThat(status).isZero();
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), databasePort))
        .isInstanceOf(ConnectException.class);
    assertThat(data.resolve("postgres/postmaster.pid")).doesNotExist();
  }

  private ChildProcess start(int providerPort) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("PARLEY_MODE", "sandbox");
    environment.put("PARLEY_HTTP_PORT", Integer.toString(port));
    environment.put("PARLEY_SIMULATOR_PORT", "0");
    environment.put("PARLEY_DATA_DIR", data.toString());
    environment.put("PARLEY_AUTH_HASH_THREADS", "1");
    environment.put("PARLEY_DATABASE_STATEMENT_TIMEOUT", "60s");
    environment.put(
        "PARLEY_PROVIDERS",
        "name=silent,channel=sms,timeout=60s,url=http://127.0.0.1:" + providerPort);
    Path output = Files.createDirectory(data.resolve("output"));
    ChildProcess gateway = kept(ChildProcess.java(output, environment, Main.class));
    gateway.awaitWhileAlive("the gateway is ready", () -> isReady());
    return gateway;
  }

  private boolean isReady() throws InterruptedException {
    try {
      return CLIENT
              .send(request("", "/health/ready").build(), BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  private List<String> postmaster() throws IOException {
    return Files.readAllLines(data.resolve("postgres/postmaster.pid"));
  }

  /** Holds every row that an append has to lock, until the end of the test. */
  private Connection lockEveryConversation() throws Exception {
    Connection connection =
        kept(
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:"
                    + postmaster().get(3).strip()
                    + "/postgres?user=parley&password="
                    + Files.readString(data.resolve("postgres.password"))));
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("select 1 from conversation for update");
    }
    return connection;
  }

  private static void awaitBlockedStatement(Connection connection) {
    Await.until(
        "a statement of the gateway waits for a lock",
        () -> {
          try (Statement statement = connection.createStatement()) {
            // a transaction keeps what it saw of other sessions first
            statement.execute("select pg_stat_clear_snapshot()");
            try (ResultSet waiting =
                statement.executeQuery(
                    "select count(*) from pg_stat_activity"
                        + " where application_name = 'parley' and wait_event_type = 'Lock'")) {
              return waiting.next() && waiting.getInt(1) > 0;
            }
          }
        });
  }

  private void sendOverRest() {
    for (int i = 0; i < 5; i++) {
      var _ =
          CLIENT.sendAsync(
              request(basic("ann"), "/api/conversations/1/messages")
                  .POST(BodyPublishers.ofString("{\"body\":\"stuck\"}"))
                  .build(),
              BodyHandlers.discarding());
    }
  }

  private void sendOverSocket() {
    WebSocket socket =
        CLIENT
            .newWebSocketBuilder()
            .header("Authorization", basic("ann"))
            .buildAsync(
                URI.create("ws://127.0.0.1:" + port + "/eventbus/websocket"),
                new WebSocket.Listener() {})
            .join();
    open.add(socket::abort);
    String frame =
        new JsonObject()
            .put("type", "send")
            .put("address", "sendMessage")
            .put("replyAddress", "reply")
            .put("headers", new JsonObject())
            .put("body", new JsonObject().put("ref", "1").put("body", "stuck"))
            .encode();
    var _ = socket.sendText(frame, true).join();
  }

  private void beginUpload() throws IOException {
    write(
        "POST /api/attachments?name=half.bin HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
            + basic("ann")
            + "\r\nContent-Type: application/octet-stream\r\nContent-Length: 5000000\r\n\r\n"
            + "x".repeat(300_000));
  }

  private void beginBody() throws IOException {
    write(
        "POST /api/users HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"name\":");
  }

  private void write(String text) throws IOException {
    Socket socket = kept(new Socket(InetAddress.getLoopbackAddress(), port));
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  private void queuePasswords() {
    for (int i = 0; i < 150; i++) {
      String unknown =
          Base64.getEncoder()
              .encodeToString(("nobody" + i + ":wrong").getBytes(StandardCharsets.UTF_8));
      var _ =
          CLIENT.sendAsync(
              request("Basic " + unknown, "/api/users/me").build(), BodyHandlers.discarding());
    }
  }

  private <T extends AutoCloseable> T kept(T resource) {
    open.add(resource);
    return resource;
  }

  private record Reply(HttpResponse<String> response) {
    void is(int status) {
      assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(status);
    }
  }

  private Reply post(String authorization, String path, String body)
      throws IOException, InterruptedException {
    return new Reply(
        CLIENT.send(
            request(authorization, path).POST(BodyPublishers.ofString(body)).build(),
            BodyHandlers.ofString()));
  }

  private HttpRequest.Builder request(String authorization, String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json");
    return authorization.isEmpty() ? request : request.header("Authorization", authorization);
  }

  private static String basic(String name) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((name + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
  }

  private static String user(String name) {
    return new JsonObject()
        .put("name", name)
        .put("username", name)
        .put("email", name + "@example.org")
        .put("password", PASSWORD)
        .encode();
  }

  private static String sms() {
    return new JsonObject()
        .put("from", "+12025550100")
        .put("to", "+12025550199")
        .put("type", "sms")
        .put("body", "hello")
        .put("timestamp", "2026-01-01T10:00:00Z")
        .encode();
  }
}
