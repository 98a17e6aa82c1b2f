package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gateway as a process: its settings, its signals, its data. */
@Tag("fault")
class ProcessTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  @TempDir Path data;
  private Process process;
  private int port;

  private Process start(Map<String, String> more, String... arguments) throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "io.parley.Main");
    builder.command().addAll(List.of(arguments));
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("PARLEY_"));
    environment.putAll(
        Map.of(
            "PARLEY_MODE",
            "sandbox",
            "PARLEY_HTTP_PORT",
            Integer.toString(port),
            "PARLEY_SIMULATOR_PORT",
            "0",
            "PARLEY_DATA_DIR",
            data.toString()));
    environment.putAll(more);
    builder
        .redirectError(data.resolve("stderr").toFile())
        .redirectOutput(data.resolve("stdout").toFile());
    process = builder.start();
    return process;
  }

  private int ended(Process which) throws InterruptedException {
    assertThat(which.waitFor(30, TimeUnit.SECONDS)).describedAs("it ended").isTrue();
    return which.exitValue();
  }

  private void ready() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
    while (System.nanoTime() < end) {
      try {
        if (send("GET", "/health/ready", "").statusCode() == 200) {
          return;
        }
      } catch (IOException notYet) {
        assertThat(process.isAlive())
            .describedAs(Files.readString(data.resolve("stderr")))
            .isTrue();
      }
      LockSupport.parkNanos(20_000_000);
    }
    throw new AssertionError("it never became ready");
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
  void stop() throws Exception {
    if (process != null && process.isAlive()) {
      process.destroy();
      ended(process);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PARLEY_HTTP_PORT|eighty|http.port (PARLEY_HTTP_PORT): \"eighty\" is not a whole number",
        "PARLEY_HTTP_PRT|80|PARLEY_HTTP_PRT: unknown setting; did you mean PARLEY_HTTP_PORT?",
        "PARLEY_MODE|production|admin.email (PARLEY_ADMIN_EMAIL): required in production",
        "PARLEY_SECRET|short|secret (PARLEY_SECRET): must be base64 of exactly 32 bytes",
        "PARLEY_DATABASE_URL|mysql://x|database.url (PARLEY_DATABASE_URL): must be postgresql://"
      })
  void invalidSettingsAreReportedWithStatus2(String name, String value, String reason)
      throws Exception {
    assertThat(ended(start(Map.of(name, value)))).isEqualTo(2);
    List<String> lines = Files.readAllLines(data.resolve("stderr"));
    assertThat(lines)
        .startsWith("parley: Invalid settings:")
        .anyMatch(line -> line.contains(reason));
  }

  @Test
  void aMissingDatabaseIsReportedWithStatus1() throws Exception {
    Process lost =
        start(Map.of("PARLEY_DATABASE_URL", "postgresql://parley:secret@127.0.0.1:1/none"));
    assertThat(ended(lost)).isEqualTo(1);
    assertThat(Files.readString(data.resolve("stderr")))
        .contains("parley: database parley@127.0.0.1:1/none")
        .doesNotContain("secret");
  }

  @Test
  void aRestartAfterAKillAdoptsTheDatabaseAndKeepsTheUsers() throws Exception {
    start(Map.of());
    ready();
    String ann = "{\"name\":\"Ann\",\"email\":\"ann@example.org\",\"password\":\"correct horse\"}";
    assertThat(send("POST", "/api/users", ann).statusCode()).isEqualTo(201);
    process.destroyForcibly();
    ended(process);

    start(Map.of());
    ready();
    assertThat(new JsonObject(send("GET", "/api/users/ann", "").body()).getString("name"))
        .isEqualTo("Ann");
    assertThat(Files.readString(data.resolve("stdout")))
        .contains("adopted the database left running");

    process.destroy();
    assertThat(ended(process)).isZero();
    start(Map.of());
    ready();
    assertThat(send("GET", "/api/users/ann", "").statusCode()).isEqualTo(200);
  }

  @Test
  void whoIsReadyMayBeEndedAtOnce() throws Exception {
    start(Map.of());
    ready();
    process.destroy();
    assertThat(ended(process)).isZero();
  }

  @Test
  void aSecondGatewayOnTheSameDataIsRefused() throws Exception {
    start(Map.of());
    ready();
    Process first = process;
    int firstPort = port;
    assertThat(ended(start(Map.of()))).isEqualTo(2);
    assertThat(Files.readString(data.resolve("stderr"))).contains("is in use by another Parley");
    process = first;
    port = firstPort;
    assertThat(send("GET", "/health/ready", "").statusCode()).isEqualTo(200);
  }

  @Test
  void theSandboxRunsASimulatorAndSaysWhere() throws Exception {
    start(Map.of());
    ready();
    Matcher at =
        Pattern.compile("simulator +http://localhost:(\\d+)")
            .matcher(Files.readString(data.resolve("stdout")));
    assertThat(at.find()).isTrue();
    URI ledger = URI.create("http://localhost:" + at.group(1) + "/ledger");
    assertThat(
            CLIENT
                .send(HttpRequest.newBuilder(ledger).build(), BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(200);
    assertThat(new JsonObject(send("GET", "/api/providers", "").body()).getJsonArray("data"))
        .hasSize(2);
    process.destroy();
    assertThat(ended(process)).isZero();
  }

  @Test
  void aSimulatorAloneSaysWhereItIsAndNeedsNoDatabase() throws Exception {
    Process alone = start(Map.of("PARLEY_SIMULATOR_GATEWAY", "http://127.0.0.1:1"), "simulator");
    try (BufferedReader said = Files.newBufferedReader(firstLine(alone))) {
      assertThat(said.readLine())
          .matches("simulator http://localhost:\\d+ for the gateway at http://127.0.0.1:1");
    }
    assertThat(data.resolve("postgres")).doesNotExist();
  }

  private Path firstLine(Process of) throws IOException {
    Path file = data.resolve("stdout");
    while (of.isAlive() && !Files.readString(file).contains("\n")) {
      LockSupport.parkNanos(20_000_000);
    }
    return file;
  }

  @Test
  void aSimulatorWhosePortIsTakenSaysHowToShareIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      String busy = Integer.toString(taken.getLocalPort());
      assertThat(ended(start(Map.of("PARLEY_SIMULATOR_PORT", busy)))).isEqualTo(2);
      assertThat(Files.readString(data.resolve("stderr")))
          .contains("simulator.port (PARLEY_SIMULATOR_PORT): " + busy)
          .contains("PARLEY_SIMULATOR_RUN=shared");
    }
  }

  @Test
  void theEmbeddedDatabaseIsDurableAndPrivate() throws Exception {
    start(Map.of());
    ready();
    List<String> pid = Files.readAllLines(data.resolve("postgres/postmaster.pid"));
    int databasePort = Integer.parseInt(pid.get(3).strip());
    for (Path secret : List.of(data.resolve("postgres.password"), data.resolve("secret"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
          .isEqualTo("rw-------");
    }
    String good = "jdbc:postgresql://127.0.0.1:" + databasePort + "/postgres?user=parley&password=";
    try (var connection =
            java.sql.DriverManager.getConnection(
                good + Files.readString(data.resolve("postgres.password")));
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "select current_setting('fsync') || current_setting('synchronous_commit')")) {
      rows.next();
      assertThat(rows.getString(1)).isEqualTo("onon");
    }
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> java.sql.DriverManager.getConnection(good + "wrong")))
        .hasMessageContaining("password authentication failed");
  }

  @Test
  void productionLogsJsonAndStopsInTime() throws Exception {
    Map<String, String> production = new HashMap<>();
    production.put("PARLEY_MODE", "production");
    production.put("PARLEY_DATABASE_URL", io.parley.testing.TestDatabase.fresh());
    production.put("PARLEY_ADMIN_EMAIL", "admin@example.org");
    production.put("PARLEY_ADMIN_PASSWORD", "a good password");
    production.put("PARLEY_PUBLIC_URL", "https://chat.example.org");
    production.put("PARLEY_SECRET", Base64.getEncoder().encodeToString(new byte[32]));
    start(production);
    ready();
    assertThat(send("GET", "/api/users/me", "").statusCode()).isEqualTo(401);
    long begin = System.nanoTime();
    process.destroy();
    assertThat(ended(process)).isZero();
    assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(10));
    List<String> lines =
        Files.readAllLines(data.resolve("stdout")).stream()
            .filter(line -> line.startsWith("{"))
            .toList();
    assertThat(lines)
        .allSatisfy(
            line -> assertThat(new JsonObject(line).fieldNames()).contains("level", "timestamp"));
  }
}
