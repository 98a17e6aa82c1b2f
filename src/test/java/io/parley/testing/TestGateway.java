package io.parley.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.Gateway;
import io.parley.api.contract.ContractCheck;
import io.parley.settings.PasswordCost;
import io.parley.settings.SettingsFile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A whole gateway in production mode with raised limits, asked over real HTTP; every answer is held
 * against the contract.
 */
public final class TestGateway implements AutoCloseable {
  public static final String PASSWORD = "a good password";

  /** What Argon2 can do least: tests sign in thousands of times. */
  public static final PasswordCost PASSWORD_COST = new PasswordCost(8, 1);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Gateway gateway;
  private final String databaseUrl;

  /** An answer. */
  public record Reply(int status, HttpResponse<String> response) {
    public String body() {
      return response.body();
    }

    public JsonObject json() {
      return new JsonObject(body());
    }

    public JsonArray data() {
      return json().getJsonArray("data");
    }

    public Reply is(int expected) {
      assertThat(status)
          .describedAs("%s %s: %s", response.request().method(), response.uri(), body())
          .isEqualTo(expected);
      return this;
    }

    /** A problem of that status and type. */
    public Reply is(int expected, String type) {
      is(expected);
      assertThat(json().getString("type")).describedAs(body()).isEqualTo(type);
      return this;
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  public TestGateway(String databaseUrl) {
    this(databaseUrl, Map.of());
  }

  public TestGateway(String databaseUrl, Map<String, String> more) {
    this.databaseUrl = databaseUrl;
    Map<String, String> environment = new HashMap<>();
    environment.put("PARLEY_MODE", "production");
    environment.put("PARLEY_DATABASE_URL", databaseUrl);
    environment.put("PARLEY_ADMIN_EMAIL", "admin@parley.local");
    environment.put("PARLEY_ADMIN_PASSWORD", PASSWORD);
    environment.put("PARLEY_PUBLIC_URL", "http://localhost:8080");
    environment.put("PARLEY_SECRET", Base64.getEncoder().encodeToString(new byte[32]));
    environment.put("PARLEY_HTTP_HOST", "127.0.0.1");
    environment.put("PARLEY_HTTP_PORT", "0");
    for (String work : List.of("READ", "WRITE", "HEAVY", "SEND", "SEND_DAY", "SOCKETS")) {
      environment.put("PARLEY_LIMITS_" + work, "1000000");
    }
    environment.put("PARLEY_AUTH_SIGNUPS_PER_ADDRESS", "0");
    // a busy machine is not a lost database
    environment.put("PARLEY_DATABASE_HEARTBEAT_TIMEOUT", "5s");
    environment.putAll(more);
    try {
      gateway = Gateway.start(SettingsFile.load(environment).withPasswordCost(PASSWORD_COST));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  public String databaseUrl() {
    return databaseUrl;
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + gateway.port() + path);
  }

  public static String basic(String name) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((name + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
  }

  public Reply get(String authorization, String path) {
    return send("GET", authorization, path, null);
  }

  public Reply delete(String authorization, String path) {
    return send("DELETE", authorization, path, null);
  }

  public Reply post(String authorization, String path, Object body) {
    return send("POST", authorization, path, body);
  }

  public Reply send(
      String method, String authorization, String path, Object body, String... headers) {
    return sendAsync(method, authorization, path, body, headers).join();
  }

  /**
   * {@code body} is text or bytes as they are, or a JSON object; {@code authorization} may be
   * empty.
   */
  public CompletableFuture<Reply> sendAsync(
      String method, String authorization, String path, Object body, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    if (body instanceof JsonObject) {
      request.header("Content-Type", "application/json");
    }
    request.method(
        method,
        switch (body) {
          case null -> BodyPublishers.noBody();
          case byte[] bytes -> BodyPublishers.ofByteArray(bytes);
          default -> BodyPublishers.ofString(body.toString());
        });
    return CLIENT
        .sendAsync(request.build(), BodyHandlers.ofString())
        .thenApply(
            response -> {
              assertThat(ContractCheck.faults(method, path, response.statusCode(), response.body()))
                  .describedAs("%s %s: %s", method, path, response.body())
                  .isEmpty();
              return new Reply(response.statusCode(), response);
            });
  }

  /** Signs somebody up; what goes into Authorization. */
  public String signUp(String name, String kind) {
    post(
            "",
            "/api/users",
            new JsonObject()
                .put("name", name)
                .put("username", name)
                .put("email", name + "@example.org")
                .put("password", PASSWORD)
                .put("kind", kind))
        .is(201);
    return basic(name);
  }

  public JsonObject token(String name) {
    JsonObject grant =
        new JsonObject()
            .put("grant_type", "password")
            .put("username", name)
            .put("password", PASSWORD);
    return post("", "/api/auth/token", grant).is(200).json();
  }

  /** A new key with these scopes, and its secret. */
  public JsonObject key(String administrator, String... scopes) {
    JsonObject wanted =
        new JsonObject().put("name", "Robot").put("scopes", new JsonArray(List.of(scopes)));
    return post(administrator, "/api/keys", wanted).is(201).json();
  }

  /** A group of the caller's, its id. */
  public long group(String authorization, String name, String... members) {
    JsonObject wanted =
        new JsonObject()
            .put("kind", "group")
            .put("name", name)
            .put("members", new JsonArray(List.of(members)));
    return post(authorization, "/api/conversations", wanted).is(201).json().getLong("id");
  }

  public Reply say(String authorization, Object ref, String body) {
    return post(
        authorization,
        "/api/conversations/" + ref + "/messages",
        new JsonObject().put("body", body));
  }

  public int port() {
    return gateway.port();
  }

  public int simulatorPort() {
    return gateway.simulatorPort().orElseThrow();
  }

  @Override
  public void close() {
    try {
      gateway.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
