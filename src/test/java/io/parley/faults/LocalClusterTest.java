package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.Main;
import io.parley.testing.Await;
import io.parley.testing.ChildProcess;
import io.parley.testing.FaultVolume;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes behind nginx, as {@code make cluster} starts them, while nodes end and hang. */
@Tag("fault")
class LocalClusterTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int NODES = 3;
  private static final int WRITERS = 4;
  private static final int MESSAGES = 60;
  private static final int REQUESTS = 100;
  private static final JsonObject NONE = new JsonObject();

  @TempDir private static Path data;
  private static ChildProcess cluster;
  private static int port;

  @BeforeAll
  static void start() throws IOException {
    Assumptions.assumeTrue(hasNginx(), "NOT CHECKED: install nginx");
    port = ChildProcess.freePorts(NODES + 1);
    Map<String, String> settings =
        Map.of(
            "PARLEY_MODE",
            "sandbox",
            "PARLEY_HTTP_PORT",
            Integer.toString(port),
            "PARLEY_SIMULATOR_PORT",
            "0",
            "PARLEY_DATA_DIR",
            data.toString(),
            "PARLEY_CLUSTER_PORT",
            Integer.toString(ChildProcess.freePorts(2 * NODES)),
            "PARLEY_HTTP_LEAVE_TIME",
            "1s");
    Path output = Files.createDirectory(data.resolve("output"));
    cluster = ChildProcess.java(output, settings, Main.class, "cluster");
    cluster.awaitWhileAlive("the front serves", () -> cluster.output().contains("front http://"));
    for (String name : List.of("ann", "bob")) {
      JsonObject user =
          JsonObject.of(
              "name", name, "email", name + "@example.org", "password", "a good password");
      assertThat(send(request("/api/users").POST(json(user))).statusCode()).isEqualTo(201);
    }
    Await.until(() -> "all nodes hear each other: " + logs(), PATIENCE, () -> isFormed());
  }

  private static boolean hasNginx() {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(":", -1)), Stream.of("/usr/sbin", "/usr/bin"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "nginx")));
  }

  private static boolean isFormed() throws IOException {
    for (int i = 1; i <= NODES; i++) {
      HttpRequest.Builder ready =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + (port + i) + "/health/ready"));
      if (!"up".equals(new JsonObject(send(ready).body()).getString("cluster"))) {
        return false;
      }
    }
    return true;
  }

  private static String logs() {
    return cluster.output() + cluster.errors();
  }

  private static String url() {
    return "http://127.0.0.1:" + port;
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url() + path))
        .header("Content-Type", "application/json");
  }

  private static HttpRequest.BodyPublisher json(JsonObject body) {
    return BodyPublishers.ofString(body.encode());
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return CLIENT.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static long group() throws IOException {
    JsonObject group =
        JsonObject.of("kind", "group", "name", "Team", "members", JsonArray.of("bob"));
    HttpResponse<String> created =
        send(
            request("/api/conversations")
                .header("Authorization", UpgradeLoad.basic("ann"))
                .POST(json(group)));
    assertThat(created.statusCode()).describedAs(created.body()).isEqualTo(201);
    return new JsonObject(created.body()).getLong("id");
  }

  private static long rev(long group) throws IOException {
    HttpResponse<String> found =
        send(
            request("/api/conversations/" + group)
                .header("Authorization", UpgradeLoad.basic("ann")));
    return new JsonObject(found.body()).getLong("rev");
  }

  /** The process of a node, 1 to 3, as it was last announced. */
  private static long process(int node) {
    Matcher announced =
        Pattern.compile("node http://localhost:" + (port + node) + " \\(process (\\d+)\\)")
            .matcher(cluster.output());
    long process = 0;
    while (announced.find()) {
      process = Long.parseLong(announced.group(1));
    }
    return process;
  }

  private static void signal(String name, long process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process)).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static void awaitAnother(int node, long process) {
    Await.until(
        () -> "node " + node + " is back: " + logs(), PATIENCE, () -> process(node) != process);
  }

  private static List<ReconnectingListener> listeners(long group) {
    List<ReconnectingListener> listeners = new ArrayList<>();
    for (int node = 0; node <= NODES; node++) {
      // one by way of the front, and one at each node
      listeners.add(
          new ReconnectingListener(
              "http://127.0.0.1:" + (port + node), UpgradeLoad.basic("bob"), group));
    }
    Await.until(
        () -> "all listen", PATIENCE, () -> listeners.stream().allMatch(x -> x.connections() > 0));
    return listeners;
  }

  /** Waits until every listener has been told everything there is, and compares. */
  private static void assertNothingIsMissed(
      long group, RetryingWriters writers, List<ReconnectingListener> listeners)
      throws IOException {
    long rev = rev(group);
    for (ReconnectingListener each : listeners) {
      Await.until(
          () -> "all up to " + rev + " is received, not only " + each.position(),
          PATIENCE,
          () -> each.position() >= rev);
      each.close();
      assertThat(each.seqs()).containsAll(writers.acknowledged());
      assertThat(each.seqs()).containsExactlyElementsOf(upTo(each.seqs().size()));
      assertThat(each.disorders()).isEmpty();
    }
    assertThat(writers.refusals()).isEmpty();
    assertThat(writers.acknowledged()).doesNotHaveDuplicates().hasSizeGreaterThan(MESSAGES);
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  private static void letWrite(RetryingWriters writers) {
    int goal = writers.acknowledged().size() + FaultVolume.of(MESSAGES);
    Await.until(
        () -> "messages are acknowledged; repeated " + writers.repeated(),
        PATIENCE,
        () -> writers.acknowledged().size() >= goal);
  }

  @Test
  void aProgramOnThisMachineIsTrustedThroughTheFrontAndForeignPagesAreNot() throws IOException {
    assertThat(send(request("/api/nodes")).statusCode()).isEqualTo(200);
    assertThat(send(request("/api/nodes").header("X-Forwarded-For", "192.0.2.1")).statusCode())
        .describedAs("what a client claims is dropped")
        .isEqualTo(200);
    HttpRequest.Builder foreign = request("/api/users").header("Origin", "http://evil.example");
    assertThat(send(foreign.POST(json(NONE))).statusCode()).isEqualTo(403);
    HttpRequest.Builder own = request("/api/users").header("Origin", url());
    assertThat(send(own.POST(json(NONE))).statusCode()).isNotEqualTo(403);
  }

  @Test
  void theRequestsOfASockJsSessionReachItsNodeAndAnotherNodeBeginsAnew() throws IOException {
    String session = "/eventbus/042/session" + System.nanoTime();
    assertThat(send(request(session + "/xhr").POST(BodyPublishers.noBody())).body())
        .isEqualTo("o\n");
    for (int i = 0; i < 10; i++) {
      HttpRequest.Builder ping = request(session + "/xhr_send");
      assertThat(
              send(ping.POST(BodyPublishers.ofString("[\"{\\\"type\\\":\\\"ping\\\"}\"]")))
                  .statusCode())
          .isEqualTo(204);
      assertThat(send(request(session + "/xhr").POST(BodyPublishers.noBody())).body())
          .contains("pong");
    }

    List<String> answers = new ArrayList<>();
    for (int node = 1; node <= NODES; node++) {
      URI direct = URI.create("http://127.0.0.1:" + (port + node) + session + "/xhr_send");
      HttpRequest.Builder ping = HttpRequest.newBuilder(direct);
      answers.add(
          ""
              + send(ping.POST(BodyPublishers.ofString("[\"{\\\"type\\\":\\\"ping\\\"}\"]")))
                  .statusCode());
    }
    // a client that gets 404 connects again
    assertThat(answers).containsExactlyInAnyOrder("204", "404", "404");
  }

  @Test
  void noRequestFailsWhileEveryNodeIsRestarted() throws Exception {
    long group = group();
    String ref = "/api/conversations/" + group;
    UpgradeLoad load = new UpgradeLoad();
    load.balance(url());
    try (load) {
      for (String user : List.of("ann", "bob")) {
        load.repeat(
            i -> {
              JsonObject message = JsonObject.of("body", "message " + i);
              long seq = load.ask(user, "POST", ref + "/messages", message, 201).getLong("seq");
              load.ask(user, "GET", ref + "/items/" + seq, NONE, 200);
              load.ask(user, "GET", "/api/conversations", NONE, 200);
            });
      }
      load.letAnswer(url(), FaultVolume.of(REQUESTS));
      for (int node = 1; node <= NODES; node++) {
        long process = process(node);
        signal("TERM", process);
        awaitAnother(node, process);
        load.letAnswer(url(), FaultVolume.of(REQUESTS));
      }
    }
    assertThat(load.failures()).isEmpty();
  }

  @Test
  void nothingIsMissedWhenANodeIsKilledAndAnotherHangs() throws Exception {
    long group = group();
    List<ReconnectingListener> listeners = listeners(group);
    RetryingWriters writers = new RetryingWriters(url(), UpgradeLoad.basic("ann"), group, WRITERS);
    try (writers) {
      letWrite(writers);

      long killed = process(2);
      signal("KILL", killed);
      letWrite(writers);
      awaitAnother(2, killed);

      long hanging = process(3);
      signal("STOP", hanging);
      try {
        letWrite(writers);
      } finally {
        signal("CONT", hanging);
      }
      letWrite(writers);
    }
    assertNothingIsMissed(group, writers, listeners);
  }

  @AfterAll
  static void stop() {
    if (cluster == null) {
      return;
    }
    List<ProcessHandle> children =
        ProcessHandle.of(cluster.pid()).orElseThrow().descendants().toList();
    assertThat(cluster.terminate()).describedAs(logs()).isZero();
    assertThat(children).hasSizeGreaterThan(NODES).noneMatch(ProcessHandle::isAlive);
  }
}
