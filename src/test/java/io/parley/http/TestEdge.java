package io.parley.http;

import io.parley.api.SocketMount;
import io.parley.api.auth.Caller;
import io.parley.api.auth.Seal;
import io.parley.api.auth.WebhookSignature;
import io.parley.api.contract.Contract;
import io.parley.api.operations.CallLimits;
import io.parley.api.operations.FileLinks;
import io.parley.api.operations.Operation;
import io.parley.api.operations.Operations;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.flow.Outage;
import io.parley.identity.Account;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.parley.settings.FileSettings;
import io.parley.settings.HttpLimits;
import io.parley.settings.HttpSettings;
import io.parley.settings.LimitSettings;
import io.parley.settings.ProxySettings;
import io.parley.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** The HTTP edge alone: a small contract, operations of no consequence, real sockets. */
final class TestEdge implements AutoCloseable {
  static final int MAX_BODY = 65_536;
  static final int LARGE = 16 << 20;

  private static final Duration SLOW = Duration.ofMillis(1_500);
  private static final String WEBHOOK_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
  private static final Caller ANN = user(1, "ann", Role.USER);
  private static final Caller AGENT = user(2, "agent", Role.AGENT);

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger performed = new AtomicInteger();
  private final HttpVerticle verticle;
  private final String deployment;

  TestEdge() {
    this(ProxySettings.NONE, false, limits(0));
  }

  TestEdge(ProxySettings proxies, boolean exposed, HttpLimits limits) {
    HttpSettings settings =
        new HttpSettings(
            "http://own.example",
            "127.0.0.1",
            0,
            1,
            Set.of("http://own.example"),
            Set.of("https://guest.example"),
            proxies,
            exposed,
            limits);
    verticle =
        new HttpVerticle(
            settings,
            operations(),
            (header, client) ->
                header.equals("Bearer ann")
                    ? Future.succeededFuture(ANN)
                    : Future.failedFuture(new Problem.Refused(Problem.unauthorized("no"))),
            Optional.of(AGENT),
            Optional.of(new WebhookSignature(WEBHOOK_SECRET, InstantSource.system())),
            new PageSources(
                Buffer.buffer("yaml"),
                Buffer.buffer("{}"),
                () -> Future.succeededFuture(Map.of("database", "up")),
                () -> Map.of("providers", "none for email"),
                () -> Buffer.buffer("metrics"),
                caller -> Optional.empty(),
                () -> OptionalInt.of(8090)),
            new Bus(vertx),
            new FileLinks(
                "http://localhost",
                Seal.of(new byte[32], "links", new SecureRandom()),
                InstantSource.system()),
            new FileSettings(1, 1),
            NodeLimits.of(limits),
            NoSockets::new);
    deployment = Await.result(vertx.deployVerticle(verticle));
  }

  /** Small bounds; {@code perAddress} connections of one client, 0 means any number. */
  static HttpLimits limits(int perAddress) {
    return limits(perAddress, Duration.ZERO);
  }

  /** The same for an edge that takes requests for {@code leaveTime} while it stops. */
  static HttpLimits limits(int perAddress, Duration leaveTime) {
    return new HttpLimits(
        4_096,
        8_192,
        MAX_BODY,
        MAX_BODY * 4L,
        1_000,
        perAddress,
        10,
        5,
        SLOW,
        SLOW,
        SLOW,
        leaveTime);
  }

  private static Caller user(long id, String name, Role role) {
    Party party = new Party(id, PartyKind.PERSON, name, name);
    return new Caller.User(new Account(party, name + "@example.org", role, Instant.EPOCH));
  }

  private Operations operations() {
    Operation echo =
        (caller, input) -> {
          performed.incrementAndGet();
          return answer(201, "text", input.text("text"));
        };
    Operation one = (caller, input) -> answer(200, "id", input.number("id"));
    Operation who = (caller, input) -> answer(200, "who", caller.account().party().handle());
    Operation address = (caller, input) -> answer(200, "client", input.client().countedAs());
    Operation large = (caller, input) -> answer(200, "text", "x".repeat(LARGE));
    Operation event = (caller, input) -> answer(200, "signed", caller.getClass().getSimpleName());
    Operation bug =
        (caller, input) -> {
          throw new IllegalStateException("secret detail");
        };
    Operation outage = (caller, input) -> Future.failedFuture(Outage.unavailable("gone"));
    return new Operations(
        contract(),
        List.of(
            Map.of("echo", echo, "one", one, "mine", who, "agents", who, "bug", bug),
            Map.of("outage", outage, "address", address, "large", large, "event", event)),
        new CallLimits(LimitSettings.NONE, System::nanoTime),
        (id, status, nanos) -> {});
  }

  private static Future<Answer> answer(int status, String name, Object value) {
    Buffer body = new JsonObject().put(name, value).toBuffer();
    return Future.succeededFuture(status == 201 ? Answer.created(body) : Answer.ok(body));
  }

  private static Contract contract() {
    Map<String, Object> text = Map.of("type", "string", "maxLength", 100);
    Map<String, Object> schema =
        Map.of(
            "type",
            "object",
            "additionalProperties",
            false,
            "required",
            List.of("text"),
            "properties",
            Map.of("text", text, "n", Map.of("type", "integer")));
    Map<String, Object> body =
        Map.of("required", true, "content", Map.of("application/json", Map.of("schema", schema)));
    Map<String, Object> id =
        Map.of("name", "id", "in", "path", "required", true, "schema", Map.of("type", "integer"));
    Map<String, Object> limit =
        Map.of("name", "limit", "in", "query", "schema", Map.of("type", "integer", "minimum", 1));
    return new Contract(
        Map.of(
            "paths",
            Map.of(
                "/things",
                Map.of("post", operation("echo", "anyone", Map.of("requestBody", body))),
                "/things/{id}",
                Map.of("get", operation("one", "anyone", Map.of("parameters", List.of(id, limit)))),
                "/mine",
                Map.of("get", operation("mine", "user", Map.of())),
                "/agents",
                Map.of("get", operation("agents", "agent", Map.of())),
                "/events",
                Map.of(
                    "post",
                    operation("event", "agent", Map.of("requestBody", body, "x-signed", true))),
                "/address",
                Map.of("get", operation("address", "anyone", Map.of())),
                "/large",
                Map.of("get", operation("large", "anyone", Map.of())),
                "/bug",
                Map.of("get", operation("bug", "anyone", Map.of())),
                "/outage",
                Map.of("get", operation("outage", "anyone", Map.of())))));
  }

  private static Map<String, Object> operation(String id, String access, Map<String, Object> more) {
    Map<String, Object> operation = new java.util.HashMap<>(more);
    operation.put("operationId", id);
    operation.put("x-access", access);
    return operation;
  }

  private static final class NoSockets implements SocketMount {
    @Override
    public void accept(Visit visit) {
      visit.answer(Problem.notFound());
    }

    @Override
    public Future<Void> leave() {
      return Future.succeededFuture();
    }
  }

  int port() {
    return verticle.port();
  }

  /** Begins to stop; done when it has. */
  Future<Void> leave() {
    return vertx.undeploy(deployment);
  }

  /** How many bodies have reached an operation. */
  int performed() {
    return performed.get();
  }

  /** A connection to this edge. */
  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** Sends raw bytes, and returns what arrives until the other side closes. */
  String raw(String... parts) throws IOException {
    try (Socket socket = connect()) {
      for (String part : parts) {
        write(socket, part);
      }
      return readAll(socket);
    }
  }

  static void write(Socket socket, String text) throws IOException {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
    } catch (SocketException closed) {
      // the edge may answer and close before it has read everything
    }
  }

  static String readAll(Socket socket) throws IOException {
    StringBuilder read = new StringBuilder();
    byte[] part = new byte[8_192];
    try {
      for (int n = socket.getInputStream().read(part);
          n >= 0;
          n = socket.getInputStream().read(part)) {
        read.append(new String(part, 0, n, StandardCharsets.UTF_8));
      }
    } catch (SocketException reset) {
      // closed while something was still on its way
    }
    return read.toString();
  }

  @Override
  public void close() {
    Await.result(vertx.close());
  }
}
