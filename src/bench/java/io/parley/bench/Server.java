package io.parley.bench;

import io.parley.store.EmbeddedPostgres;
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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.Map;

/** A durable PostgreSQL, and the gateway on it as in production: its own process, tokens, validation, metrics. */
final class Server implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  final EmbeddedPostgres postgres;
  final Child gateway;
  final int port = Child.freePort();
  final String url;

  Server() throws Exception {
    postgres = EmbeddedPostgres.start(Path.of("target", "bench-database"));
    execute("postgres", "drop database if exists gateway with (force)");
    execute("postgres", "create database gateway");
    url = postgres.url().replace("/postgres", "/gateway");
    gateway = startGateway(port, environment(url, port));
    gateway.ready("http://127.0.0.1:" + port + "/health/ready");
  }

  static Child startGateway(int port, Map<String, String> environment) {
    return Files.exists(Path.of("target/parley.aot"))
        ? Child.java("gateway", environment, "-XX:AOTCache=target/parley.aot", "@conf/jvm.options", "-jar", "target/parley.jar")
        : Child.java("gateway", environment, "@conf/jvm.options", "-jar", "target/parley.jar");
  }

  static Map<String, String> environment(String url, int port) {
    return Map.of(
        "PARLEY_MODE", "production",
        "PARLEY_DATABASE_URL", url,
        "PARLEY_PUBLIC_URL", "http://127.0.0.1:" + port,
        "PARLEY_SECRET", Base64.getEncoder().encodeToString(new byte[32]),
        "PARLEY_ADMIN_EMAIL", "admin@parley.local",
        "PARLEY_ADMIN_PASSWORD", "parley-bench",
        "PARLEY_HTTP_PORT", Integer.toString(port),
        "PARLEY_HTTP_HOST", "127.0.0.1",
        "PARLEY_AUTH_TOKEN_LIFETIME", "12h");
  }

  /** The answer, which must be 2xx. */
  JsonObject call(String method, String path, String authorization, String body) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    request.header("Content-Type", "application/json");
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IllegalStateException(method + " " + path + ": " + response.statusCode() + " " + response.body());
    }
    return new JsonObject(response.body());
  }

  /** Signs up and in; what goes into Authorization. */
  String user(String name) throws IOException, InterruptedException {
    call("POST", "/api/users", "", "{\"name\":\"%1$s\",\"username\":\"%1$s\",\"email\":\"%1$s@example.org\",\"password\":\"parley-bench\"}".formatted(name));
    return "Bearer "
        + call("POST", "/api/auth/token", "", "{\"grant_type\":\"password\",\"username\":\"%s\",\"password\":\"parley-bench\"}".formatted(name))
            .getString("access_token");
  }

  void execute(String database, String sql) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  String one(String database, String sql) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private Connection connect(String database) throws SQLException {
    URI at = URI.create(postgres.url());
    String[] credentials = at.getUserInfo().split(":", 2);
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + at.getPort() + "/" + database, credentials[0], credentials[1]);
  }

  int databasePort() {
    return URI.create(postgres.url()).getPort();
  }

  String databasePassword() {
    return URI.create(postgres.url()).getUserInfo().split(":", 2)[1];
  }

  long postmaster() {
    try {
      return Long.parseLong(Files.readAllLines(Path.of("target/bench-database/postgres/postmaster.pid")).getFirst().strip());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    postgres.close();
  }
}
