package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.Main;
import io.parley.demo.Demo;
import io.parley.testing.ChildProcess;
import io.parley.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gateway as an operator sees it: exit codes, signals, output, the data directory. */
@Tag("fault")
class ProcessTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Pattern SIMULATOR = Pattern.compile("simulator +http://localhost:(\\d+)");

  @TempDir private Path data;
  private ChildProcess process;
  private int port;
  private int outputs;

  private ChildProcess start(Map<String, String> settings, String... arguments) throws IOException {
    port = ChildProcess.freePort();
    Map<String, String> environment = new HashMap<>();
    environment.put("PARLEY_MODE", "sandbox");
    environment.put("PARLEY_HTTP_PORT", Integer.toString(port));
    environment.put("PARLEY_SIMULATOR_PORT", "0");
    environment.put("PARLEY_DATA_DIR", data.toString());
    environment.putAll(settings);
    Path output = Files.createDirectory(data.resolve("output-" + outputs++));
    process = ChildProcess.java(output, environment, Main.class, arguments);
    return process;
  }

  private void awaitReady() {
    process.awaitWhileAlive("the gateway is ready", this::isReady);
  }

  private boolean isReady() throws Exception {
    try {
      return send("GET", "/health/ready", "").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  @AfterEach
  void stop() {
    if (process != null) {
      process.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PARLEY_HTTP_PORT|eighty|http.port (PARLEY_HTTP_PORT): \"eighty\" is not a whole number",
        "PARLEY_HTTP_PRT|80|PARLEY_HTTP_PRT: unknown setting; did you mean PARLEY_HTTP_PORT?",
      })
  void invalidSettingsAreReportedWithStatus2(String name, String value, String reason)
      throws Exception {
    assertThat(start(Map.of(name, value)).exitCode()).isEqualTo(2);
    assertThat(process.errors().lines())
        .startsWith("parley: Invalid settings:")
        .anyMatch(line -> line.contains(reason));
  }

  @Test
  void aMissingDatabaseIsReportedWithStatus1() throws Exception {
    start(Map.of("PARLEY_DATABASE_URL", "postgresql://parley:secret@127.0.0.1:1/none"));
    assertThat(process.exitCode()).isEqualTo(1);
    assertThat(process.errors())
        .contains("parley: database parley@127.0.0.1:1/none")
        .doesNotContain("secret");
  }

  @Test
  void aRestartAfterAKillAdoptsTheDatabaseAndKeepsTheUsers() throws Exception {
    start(Map.of());
    awaitReady();
    String ann = "{\"name\":\"Ann\",\"email\":\"ann@example.org\",\"password\":\"correct horse\"}";
    assertThat(send("POST", "/api/users", ann).statusCode()).isEqualTo(201);
    process.kill();

    start(Map.of());
    awaitReady();
    assertThat(new JsonObject(send("GET", "/api/users/ann", "").body()).getString("name"))
        .isEqualTo("Ann");
    assertThat(process.output()).contains("adopted the database left running");

    // a stop that comes as soon as the gateway is ready is a clean one
    assertThat(process.terminate()).isZero();
    start(Map.of());
    awaitReady();
    assertThat(process.terminate()).isZero();
  }

  @Test
  void aSandboxRunsASimulatorAndKeepsItsDataToItself() throws Exception {
    start(Map.of());
    awaitReady();
    ChildProcess first = process;
    int firstPort = port;
    try {
      first.awaitWhileAlive(
          "the banner names the simulator", () -> SIMULATOR.matcher(first.output()).find());
      Matcher at = SIMULATOR.matcher(first.output());
      assertThat(at.find()).isTrue();
      URI ledger = URI.create("http://localhost:" + at.group(1) + "/ledger");
      HttpRequest request = HttpRequest.newBuilder(ledger).build();
      assertThat(CLIENT.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      assertThat(new JsonObject(send("GET", "/api/providers", "").body()).getJsonArray("data"))
          .hasSize(2);

      assertThat(start(Map.of()).exitCode()).describedAs("a second gateway").isEqualTo(2);
      assertThat(process.errors()).contains("is in use by another Parley");
      port = firstPort;
      assertThat(isReady()).isTrue();
    } finally {
      assertThat(first.terminate()).isZero();
    }
  }

  @Test
  void aSimulatorAloneSaysWhereItIsAndNeedsNoDatabase() throws Exception {
    start(Map.of("PARLEY_SIMULATOR_GATEWAY", "http://127.0.0.1:1"), "simulator");
    process.awaitWhileAlive(
        "the simulator says where it is", () -> process.output().contains("\n"));
    assertThat(process.output().lines().findFirst().orElseThrow())
        .matches("simulator http://localhost:\\d+ for the gateway at http://127.0.0.1:1");
    assertThat(data.resolve("postgres")).doesNotExist();
  }

  @Test
  void aSimulatorWhosePortIsTakenSaysHowToShareIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      String busy = Integer.toString(taken.getLocalPort());
      Map<String, String> settings =
          Map.of("PARLEY_SIMULATOR_PORT", busy, "PARLEY_DATABASE_URL", TestDatabase.fresh());
      assertThat(start(settings).exitCode()).isEqualTo(2);
      assertThat(process.errors())
          .contains("simulator.port (PARLEY_SIMULATOR_PORT): " + busy)
          .contains("PARLEY_SIMULATOR_RUN=shared");
    }
  }

  private Map<String, String> production(String database) {
    Map<String, String> production = new HashMap<>();
    production.put("PARLEY_MODE", "production");
    production.put("PARLEY_DATABASE_URL", database);
    production.put("PARLEY_ADMIN_EMAIL", "admin@example.org");
    production.put("PARLEY_ADMIN_PASSWORD", "a good password");
    production.put("PARLEY_PUBLIC_URL", "https://chat.example.org");
    production.put("PARLEY_SECRET", Base64.getEncoder().encodeToString(new byte[32]));
    return production;
  }

  @Test
  void aDatabaseOfASandboxIsNotServedInProductionUntilItsPasswordsAreChanged() throws Exception {
    TestDatabase database = TestDatabase.create();
    String secret = Base64.getEncoder().encodeToString(new byte[32]);
    start(Map.of("PARLEY_DATABASE_URL", database.url(), "PARLEY_SECRET", secret));
    awaitReady();
    for (String name : List.of("ann", "zoe")) {
      String user =
          "{\"name\":\"%s\",\"email\":\"%s@example.org\",\"password\":\"parley-demo\"}"
              .formatted(name, name);
      assertThat(send("POST", "/api/users", user).statusCode()).isEqualTo(201);
    }
    assertThat(process.terminate()).isZero();

    assertThat(start(production(database.url())).exitCode()).isEqualTo(2);
    assertThat(process.errors())
        .contains("database.url (PARLEY_DATABASE_URL): a sandbox has used this database")
        .contains("the users admin, ann;");

    database.run(
        "update account set password_hash = null"
            + " where id in (select id from party where handle in ('admin', 'ann'))");
    start(production(database.url()));
    awaitReady();
    String grant =
        "{\"grant_type\":\"password\",\"username\":\"zoe\",\"password\":\"parley-demo\"}";
    assertThat(send("POST", "/api/auth/token", grant).statusCode()).isEqualTo(400);
  }

  @Test
  void aProductionGatewayLogsJsonAndStopsWithinTenSeconds() throws Exception {
    start(production(TestDatabase.fresh()));
    awaitReady();
    assertThat(send("GET", "/api/users/me", "").statusCode()).isEqualTo(401);
    try (ChildProcess demo =
        ChildProcess.java(
            Files.createDirectory(data.resolve("demo")),
            Map.of(),
            Demo.class,
            "http://127.0.0.1:" + port)) {
      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.errors()).contains("is not a sandbox");
    }

    long begin = System.nanoTime();
    assertThat(process.terminate()).isZero();
    assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(10));
    assertThat(process.output().lines())
        .isNotEmpty()
        .allSatisfy(
            line -> assertThat(new JsonObject(line).fieldNames()).contains("level", "timestamp"));
  }
}
