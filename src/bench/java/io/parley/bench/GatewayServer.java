package io.parley.bench;

import io.parley.testing.ChildProcess;
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
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The gateway as in production: a process of its own with tokens, validation, limits and metrics.
 */
final class GatewayServer implements AutoCloseable {
  static final String DATABASE = "gateway";
  static final byte[] WEBHOOK_SECRET = new byte[32];
  static final String PASSWORD = "parley-bench";
  private static final Path CACHE = Path.of("target", "parley.aot");

  private final HttpClient http = HttpClient.newHttpClient();
  private final BenchProcess process;
  private final int port;

  private GatewayServer(BenchProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static GatewayServer start(BenchPostgres postgres) {
    postgres.create(DATABASE);
    return start(postgres, DATABASE);
  }

  /** A gateway on a database with data. */
  static GatewayServer start(BenchPostgres postgres, String database) {
    int port = ChildProcess.freePort();
    Map<String, String> environment = external(postgres, port);
    environment.put("PARLEY_DATABASE_URL", postgres.url(database));
    return start(environment, port);
  }

  /** A gateway on an empty database with the limits of production. */
  static GatewayServer startLimited(BenchPostgres postgres) throws IOException {
    postgres.create(DATABASE);
    int port = ChildProcess.freePort();
    Map<String, String> environment = external(postgres, port);
    environment.keySet().removeIf(name -> name.startsWith("PARLEY_LIMITS_"));
    environment.remove("PARLEY_HTTP_MAX_CONNECTIONS_PER_ADDRESS");
    Files.deleteIfExists(output());
    return start(environment, port);
  }

  /** What the process logs. */
  static Path output() {
    return Path.of("target", "bench-output", "gateway", "stdout");
  }

  private static GatewayServer start(Map<String, String> environment, int port) {
    BenchProcess process = process("gateway", environment);
    try {
      double _ = process.awaitReady("http://127.0.0.1:" + port + "/health/ready");
      return new GatewayServer(process, port);
    } catch (RuntimeException | AssertionError e) {
      process.close();
      throw e;
    }
  }

  static BenchProcess process(String name, Map<String, String> environment) {
    List<String> command = List.of("@conf/jvm.options", "-jar", "target/parley.jar");
    if (!Files.exists(Path.of("target", "parley.jar"))) {
      throw new IllegalStateException("there is no target/parley.jar: make build");
    }
    return Files.exists(CACHE)
        ? BenchProcess.java(
            name, environment, "-XX:AOTCache=" + CACHE, command.get(0), "-jar", command.get(2))
        : BenchProcess.java(name, environment, command.toArray(String[]::new));
  }

  static Map<String, String> external(BenchPostgres postgres, int port) {
    Map<String, String> environment = new HashMap<>();
    environment.put("PARLEY_MODE", "production");
    environment.put("PARLEY_ANALYTICS_ACCESS", "user");
    environment.put("PARLEY_DATABASE_URL", postgres.url(DATABASE));
    environment.put("PARLEY_PUBLIC_URL", "http://127.0.0.1:" + port);
    environment.put("PARLEY_SECRET", Base64.getEncoder().encodeToString(new byte[32]));
    environment.put(
        "PARLEY_WEBHOOK_SECRET", "whsec_" + Base64.getEncoder().encodeToString(WEBHOOK_SECRET));
    environment.put("PARLEY_ADMIN_EMAIL", "admin@parley.local");
    environment.put("PARLEY_ADMIN_PASSWORD", PASSWORD);
    environment.put("PARLEY_HTTP_HOST", "127.0.0.1");
    environment.put("PARLEY_HTTP_MAX_CONNECTIONS_PER_ADDRESS", "100000");
    for (String work : List.of("READ", "WRITE", "HEAVY", "SEND", "SEND_DAY", "SOCKETS")) {
      environment.put("PARLEY_LIMITS_" + work, "1000000000"); // a few clients do the work of many
    }
    environment.put("PARLEY_AUTH_SIGNUPS_PER_ADDRESS", "0");
    environment.put("PARLEY_TRUSTED_PROXIES", "127.0.0.1"); // a load may be many addresses
    environment.put("PARLEY_HTTP_PORT", Integer.toString(port));
    environment.put("PARLEY_AUTH_TOKEN_LIFETIME", "12h"); // no run lasts longer
    return environment;
  }

  /** The answer, which must be 2xx. */
  JsonObject get(String path, String authorization) throws IOException, InterruptedException {
    return call(request(path).header("Authorization", authorization).GET(), "GET " + path);
  }

  private JsonObject post(String path, JsonObject body) throws IOException, InterruptedException {
    return post(path, "", body);
  }

  /** The answer, which must be 2xx. */
  JsonObject post(String path, String authorization, JsonObject body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path).header("Content-Type", "application/json");
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return call(request.POST(BodyPublishers.ofString(body.encode())), "POST " + path);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(30));
  }

  private JsonObject call(HttpRequest.Builder request, String what)
      throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IllegalStateException(what + ": " + response.statusCode() + " " + response.body());
    }
    return new JsonObject(response.body());
  }

  /** The metrics in Prometheus' format. */
  String metrics() throws IOException, InterruptedException {
    return http.send(request("/metrics").GET().build(), BodyHandlers.ofString()).body();
  }

  /** Signs up and in; what goes into Authorization. */
  String user(String name) throws IOException, InterruptedException {
    JsonObject account = new JsonObject().put("name", name).put("username", name);
    account.put("email", name + "@example.org").put("password", PASSWORD);
    JsonObject created = post("/api/users", account);
    JsonObject grant = new JsonObject().put("grant_type", "password");
    grant.put("username", created.getString("username")).put("password", PASSWORD);
    return "Bearer " + post("/api/auth/token", grant).getString("access_token");
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  double cpu() {
    return ProcessCpu.family(process.pid());
  }

  @Override
  public void close() {
    process.close();
    http.close();
  }
}
