package io.parley.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The simulator over real HTTP, with a gateway that only listens. */
@Tag("fast")
class SimulatorTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** The callbacks that the gateway received. */
  private record Heard(String path, JsonObject body) {}

  private final Vertx vertx = Vertx.vertx();
  private final List<Heard> heard = new CopyOnWriteArrayList<>();
  private final AtomicInteger broken = new AtomicInteger();
  private int port;

  @BeforeEach
  void start() {
    HttpServer gateway =
        Await.result(
            vertx
                .createHttpServer()
                .requestHandler(
                    request ->
                        request
                            .body()
                            .onSuccess(
                                body -> {
                                  if (broken.getAndDecrement() > 0) {
                                    request.response().setStatusCode(503).end();
                                    return;
                                  }
                                  heard.add(new Heard(request.path(), body.toJsonObject()));
                                  request.response().end("{\"id\":\"1:1\",\"duplicate\":false}");
                                }))
                .listen(0, "127.0.0.1"));
    SimulatorVerticle simulator =
        new SimulatorVerticle("127.0.0.1", 0, "http://127.0.0.1:" + gateway.actualPort(), false);
    Await.result(vertx.deployVerticle(simulator));
    port = simulator.port();
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private HttpResponse<String> send(String method, String path, Object body, String... headers)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(10))
            .method(
                method,
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private JsonObject ok(String method, String path, Object body) throws IOException {
    HttpResponse<String> response = send(method, path, body);
    assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(200);
    return new JsonObject(response.body());
  }

  private static JsonObject sms(String to, String body) {
    return new JsonObject()
        .put("from", "+15550000000")
        .put("to", to)
        .put("type", "sms")
        .put("body", body)
        .put("attachments", new JsonArray())
        .put("timestamp", "2026-01-01T12:00:00.000Z")
        .put("reference", "7");
  }

  private static JsonObject mail(String to, String body) {
    return new JsonObject()
        .put("from", "us@example.org")
        .put("to", to)
        .put("subject", "hello")
        .put("body", body)
        .put("attachments", new JsonArray().add("https://files.example/one"));
  }

  private List<JsonObject> ledger(String query) throws IOException {
    List<JsonObject> all = new ArrayList<>();
    String cursor = "";
    while (cursor != null) {
      JsonObject page =
          ok("GET", "/ledger?" + query + (cursor.isEmpty() ? "" : "&cursor=" + cursor), null);
      page.getJsonArray("data").forEach(each -> all.add((JsonObject) each));
      cursor = page.getString("next");
    }
    return all;
  }

  private void eventually(String what, Await.Condition condition) {
    Await.until(() -> what + " " + heard, Duration.ofSeconds(60), condition);
  }

  @Test
  void whatIsSentIsTakenAndStandsInTheLedger() throws IOException {
    HttpResponse<String> taken =
        send("POST", "/sms", sms("+15550000001", "hi"), "Idempotency-Key", "7-0");
    assertThat(taken.statusCode()).isEqualTo(202);
    String id = new JsonObject(taken.body()).getString("id");
    assertThat(send("POST", "/email", mail("ann@example.org", "<b>hi</b>")).statusCode())
        .isEqualTo(202);

    List<JsonObject> all = ledger("");
    assertThat(all).hasSize(2);
    JsonObject first = all.getFirst();
    assertThat(first.getString("provider")).isEqualTo("sim-sms");
    assertThat(first.getString("id")).isEqualTo(id);
    assertThat(first.getString("to")).isEqualTo("+15550000001");
    assertThat(first.getString("type")).isEqualTo("sms");
    assertThat(first.getString("body")).isEqualTo("hi");
    assertThat(first.getString("idempotency_key")).isEqualTo("7-0");
    assertThat(first.getString("received_at")).matches("2\\d{3}-.*Z");
    assertThat(first.getInteger("answer")).isEqualTo(202);
    assertThat(first.getBoolean("delivered")).isTrue();
    assertThat(all.getLast().getJsonArray("attachments"))
        .containsExactly("https://files.example/one");
    assertThat(all.getLast().getString("subject")).isEqualTo("hello");
  }

  @Test
  void aKeyIsHeededByItsProvider() throws IOException {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String body =
          send("POST", "/sms", sms("+15550000001", "hi"), "Idempotency-Key", "same").body();
      ids.add(new JsonObject(body).getString("id"));
    }
    send("POST", "/email", mail("ann@example.org", "hi"), "Idempotency-Key", "same");
    send("POST", "/sms", sms("+15550000001", "hi"));
    send("POST", "/sms", sms("+15550000001", "hi"));
    assertThat(ids).containsOnly(ids.getFirst());
    assertThat(ledger("provider=sim-sms"))
        .extracting(entry -> entry.getBoolean("delivered"))
        .containsExactly(true, false, false, true, true);
    assertThat(ledger("provider=sim-email")).hasSize(1);
  }

  @Test
  void theLedgerIsReadInPagesAndByRecipient() throws IOException {
    for (int i = 0; i < 7; i++) {
      send("POST", "/sms", sms("+1555000000" + i % 2, "number " + i));
    }
    assertThat(ledger("limit=2"))
        .extracting(entry -> entry.getString("body"))
        .containsExactly(
            "number 0", "number 1", "number 2", "number 3", "number 4", "number 5", "number 6");
    // an encoded plus and a bare one mean the same
    assertThat(ledger("to=%2B15550000001&limit=2")).hasSize(3);
    assertThat(ledger("to=+15550000001")).hasSize(3);
    assertThat(ledger("provider=sim-email")).isEmpty();
    assertThat(send("GET", "/ledger?provider=nobody", null).statusCode()).isEqualTo(404);
    assertThat(send("GET", "/ledger?limit=0", null).statusCode()).isEqualTo(400);
    assertThat(send("GET", "/ledger?cursor=x", null).statusCode()).isEqualTo(400);
    assertThat(send("GET", "/ledger?from=x", null).statusCode()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/sms|{\"from\":null}|from",
        "/sms|{\"to\":\"Ann\"}|to",
        "/sms|{\"to\":\"+0123\"}|to",
        "/sms|{\"type\":\"fax\"}|type",
        "/sms|{\"body\":\"\"}|body",
        "/sms|{\"body\":5}|body",
        "/sms|{\"attachments\":\"x\"}|attachments",
        "/sms|{\"attachments\":[\"two words\"]}|attachments",
        "/sms|{\"timestamp\":\"yesterday\"}|timestamp",
        "/sms|{\"colour\":\"red\"}|colour",
        "/email|{\"to\":\"+15550000001\"}|to",
        "/email|{\"subject\":5}|subject",
        "/email|{\"type\":\"sms\"}|type"
      })
  void whatNoProviderWouldTakeIsRefusedWithTheReason(String path, String change, String field)
      throws IOException {
    JsonObject body =
        (path.equals("/sms") ? sms("+15550000001", "hi") : mail("ann@example.org", "hi"))
            .mergeIn(new JsonObject(change));
    HttpResponse<String> refused = send("POST", path, body);
    assertThat(refused.statusCode()).describedAs(refused.body()).isEqualTo(400);
    assertThat(refused.headers().firstValue("Content-Type").orElse(""))
        .isEqualTo("application/problem+json");
    JsonObject problem = new JsonObject(refused.body());
    assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("field")).isEqualTo(field);
    assertThat(problem.getString("code")).isEqualTo("invalid");
    assertThat(problem.getString("message")).startsWith(field);
    assertThat(problem.getJsonArray("help")).isNotEmpty();
    JsonObject entry = ledger("").getFirst();
    assertThat(entry.getInteger("answer")).isEqualTo(400);
    assertThat(entry.getBoolean("delivered")).isFalse();
  }

  @Test
  void aScriptIsPlayedStepByStep() throws IOException {
    ok(
        "PUT",
        "/faults/sim-sms",
        """
        {"script":[{"status":500},{"status":429,"retry_after":2},{"delay_ms":150},{"drop_reply":true},{"reset":true},{}]}
        """);
    JsonObject message = sms("+15550000001", "hi");
    assertThat(send("POST", "/sms", message).statusCode()).isEqualTo(500);
    HttpResponse<String> busy = send("POST", "/sms", message);
    assertThat(busy.statusCode()).isEqualTo(429);
    assertThat(busy.headers().firstValue("Retry-After")).contains("2");
    long began = System.nanoTime();
    assertThat(send("POST", "/sms", message).statusCode()).isEqualTo(202);
    assertThat(System.nanoTime() - began).isGreaterThan(Duration.ofMillis(140).toNanos());
    assertThatThrownBy(() -> send("POST", "/sms", message)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> send("POST", "/sms", message)).isInstanceOf(IOException.class);
    assertThat(send("POST", "/sms", message).statusCode()).isEqualTo(202);
    assertThat(send("POST", "/sms", message).statusCode()).isEqualTo(202);
    List<JsonObject> all = ledger("");
    assertThat(all)
        .extracting(entry -> entry.getInteger("answer"))
        .containsExactly(500, 429, 202, null, null, 202, 202);
    assertThat(all)
        .extracting(entry -> entry.getBoolean("delivered"))
        .containsExactly(false, false, true, true, false, true, true);
  }

  @Test
  void aScriptThatRepeatsNeverEndsUntilItIsTakenBack() throws IOException {
    ok("PUT", "/faults/sim-sms", "{\"script\":[{\"status\":503}],\"repeat\":true}");
    for (int i = 0; i < 5; i++) {
      assertThat(send("POST", "/sms", sms("+15550000001", "hi")).statusCode()).isEqualTo(503);
    }
    assertThat(send("POST", "/email", mail("ann@example.org", "hi")).statusCode()).isEqualTo(202);
    ok("DELETE", "/faults/sim-sms", null);
    assertThat(send("POST", "/sms", sms("+15550000001", "hi")).statusCode()).isEqualTo(202);
  }

  @Test
  void aLostReplyIsTheEndOfAConnectionAndAResetIsAReset() throws IOException {
    ok("PUT", "/faults/sim-sms", "{\"script\":[{\"drop_reply\":true},{\"reset\":true}]}");
    assertThat(raw(sms("+15550000001", "hi"))).isEqualTo("");
    assertThatThrownBy(() -> raw(sms("+15550000001", "hi")))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  private String raw(JsonObject message) throws IOException {
    String body = message.encode();
    return raw(
        "POST /sms HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(body.length(), body));
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void ratesDrawTheSameFromTheSameSeedAndAnotherFromAnother() throws IOException {
    List<Integer> first = drawn("{\"rates\":{\"500\":0.3,\"429\":0.2},\"seed\":7}");
    assertThat(first).contains(500, 429, 202);
    // the order they are written in makes no difference
    assertThat(drawn("{\"seed\":7,\"rates\":{\"429\":0.2,\"500\":0.3}}")).isEqualTo(first);
    assertThat(drawn("{\"rates\":{\"500\":0.3,\"429\":0.2},\"seed\":8}")).isNotEqualTo(first);
    JsonObject unseeded = ok("PUT", "/faults/sim-sms", "{\"rates\":{\"500\":0.5}}");
    assertThat(unseeded.getLong("seed")).isNotNull();
    assertThat(ok("GET", "/faults/sim-sms", null)).isEqualTo(unseeded);
  }

  private List<Integer> drawn(String plan) throws IOException {
    ok("PUT", "/faults/sim-sms", plan);
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      statuses.add(send("POST", "/sms", sms("+15550000001", "hi")).statusCode());
    }
    return statuses;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|script",
        "{\"script\":5}|script",
        "{\"script\":[5]}|script",
        "{\"script\":[{\"status\":200}]}|script[0].status",
        "{\"script\":[{},{\"drop\":true}]}|script[1].drop",
        "{\"script\":[{\"delay_ms\":60001}]}|script[0].delay_ms",
        "{\"script\":[{\"reset\":true,\"drop_reply\":true}]}|script[0].status",
        "{\"script\":[{\"retry_after\":1}]}|script[0].retry_after",
        "{\"script\":[],\"rates\":{}}|script",
        "{\"rates\":{\"200\":0.1}}|rates.200",
        "{\"rates\":{\"500\":1.1}}|rates.500",
        "{\"rates\":{\"500\":0.6,\"reset\":0.6}}|rates",
        "{\"rates\":{\"500\":0.1},\"seed\":\"x\"}|seed"
      })
  void aPlanThatCannotBeIsRefused(String plan, String field) throws IOException {
    HttpResponse<String> refused = send("PUT", "/faults/sim-sms", plan);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(
            new JsonObject(refused.body())
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("field"))
        .isEqualTo(field);
    assertThat(send("PUT", "/faults/nobody", plan).statusCode()).isEqualTo(404);
  }

  @Test
  void aContactWritesAndHearsWhatTheGatewaySaid() throws IOException {
    JsonObject written =
        ok(
            "POST",
            "/inbound",
            "{\"channel\":\"sms\",\"from\":\"+15550000001\",\"to\":\"+15550000000\",\"body\":\"hello\",\"attachments\":null}");
    assertThat(written.getInteger("status")).isEqualTo(200);
    assertThat(written.getJsonObject("answer").getString("id")).isEqualTo("1:1");
    ok(
        "POST",
        "/inbound",
        "{\"channel\":\"email\",\"from\":\"ann@example.org\",\"to\":\"us@example.org\",\"body\":\"<p>hello</p>\",\"attachments\":[\"https://files.example/two\"]}");
    Heard sms = heard.getFirst();
    assertThat(sms.path()).isEqualTo("/api/webhooks/sms");
    assertThat(sms.body().fieldNames())
        .containsExactlyInAnyOrder(
            "from", "to", "type", "messaging_provider_id", "body", "attachments", "timestamp");
    assertThat(sms.body().getString("messaging_provider_id")).isEqualTo(written.getString("id"));
    Heard mail = heard.getLast();
    assertThat(mail.path()).isEqualTo("/api/webhooks/email");
    assertThat(mail.body().fieldNames())
        .containsExactlyInAnyOrder("from", "to", "xillio_id", "body", "attachments", "timestamp");
    assertThat(mail.body().getString("xillio_id")).isNotEqualTo(written.getString("id"));
    assertThat(ok("GET", "/view?since=0", null).getJsonArray("messages")).hasSize(2);
    assertThat(send("POST", "/inbound", "{\"channel\":\"fax\"}").statusCode()).isEqualTo(400);
  }

  @Test
  void refusedMessagesAreShownWithTheReason() throws IOException {
    ok("PUT", "/faults/sim-sms", "{\"script\":[{\"status\":503}]}");
    assertThat(send("POST", "/sms", sms("+15550000001", "first")).statusCode()).isEqualTo(503);
    assertThat(send("POST", "/sms", sms("nobody", "second")).statusCode()).isEqualTo(400);
    assertThat(send("POST", "/sms", sms("+15550000001", "third")).statusCode()).isEqualTo(202);
    JsonArray shown = ok("GET", "/view?since=0", null).getJsonArray("messages");
    assertThat(shown)
        .extracting(each -> ((JsonObject) each).getString("body"))
        .containsExactly("first", "second", "third");
    assertThat(shown.getJsonObject(0).getString("refusal")).isEqualTo("answered 503");
    assertThat(shown.getJsonObject(1).getString("refusal"))
        .contains("answered 400")
        .contains("must be a phone number");
    assertThat(shown.getJsonObject(2).getString("refusal")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "+1 (555) 123-4567 | +15551234567",
        "12345 | 12345",
        "Ann@Example.ORG | Ann@example.org",
        "5551234567 | without a country code",
        "ann | must be a phone number",
        "ann@ | must be a phone number",
        "a b@example.org | must be a phone number"
      })
  void theAddressOfAContactIsChecked(String given, String expected) throws IOException {
    HttpResponse<String> response =
        send("POST", "/contacts", new JsonObject().put("address", given));
    boolean valid = !expected.contains(" ");
    assertThat(response.statusCode()).isEqualTo(valid ? 200 : 400);
    JsonObject answer = new JsonObject(response.body());
    assertThat(answer.getString(valid ? "address" : "detail")).contains(expected);
  }

  private List<String> reportedStates() {
    return heard.stream().map(each -> each.body().getString("state")).toList();
  }

  @Test
  void callbacksComeInOrderAgainWhenTheGatewayCouldNotTakeThem() throws Exception {
    broken.set(2);
    String id =
        new JsonObject(send("POST", "/sms", sms("+15550000001", "hi")).body()).getString("id");
    eventually("both callbacks arrived", () -> heard.size() == 2);
    assertThat(reportedStates()).containsExactly("sent", "delivered");
    assertThat(heard)
        .allSatisfy(
            each -> {
              assertThat(each.path()).isEqualTo("/api/webhooks/status");
              assertThat(each.body().getString("provider")).isEqualTo("sim-sms");
              assertThat(each.body().getString("id")).isEqualTo(id);
              assertThat(each.body().getString("reference")).isEqualTo("7");
              assertThat(each.body().getString("at")).isNotNull();
            });
  }

  @Test
  void callbacksAreDuplicatedShuffledOrNotMadeAtAll() throws Exception {
    ok("POST", "/callbacks", "{\"mode\":\"off\"}");
    send("POST", "/sms", sms("+15550000001", "hi"));
    ok("POST", "/callbacks", "{\"mode\":\"duplicated\"}");
    send("POST", "/sms", sms("+15550000001", "hi"), "Idempotency-Key", "k");
    // a repeat is no message, and nothing becomes of it
    send("POST", "/sms", sms("+15550000001", "hi"), "Idempotency-Key", "k");
    eventually("all callbacks arrived", () -> heard.size() == 4);
    assertThat(reportedStates()).containsExactly("sent", "sent", "delivered", "delivered");
    heard.clear();
    assertThat(ok("POST", "/callbacks", "{\"mode\":\"shuffled\",\"seed\":7}").getString("mode"))
        .isEqualTo("shuffled");
    for (int i = 0; i < 20; i++) {
      send("POST", "/sms", sms("+15550000001", "hi"));
    }
    eventually("all callbacks arrived", () -> heard.size() == 40);
    assertThat(reportedStates()).isNotEqualTo(reportedStates().stream().sorted().toList());
    assertThat(reportedStates().subList(0, 20)).contains("sent", "delivered");
    assertThat(ok("GET", "/callbacks", null))
        .isEqualTo(new JsonObject("{\"mode\":\"shuffled\",\"pending\":0,\"lost\":0}"));
    assertThat(send("POST", "/callbacks", "{\"mode\":\"sometimes\"}").statusCode()).isEqualTo(400);
  }

  @Test
  void onlyThisMachineAndItsOwnPageMayAsk() throws IOException {
    String own = "http://127.0.0.1:" + port;
    assertThat(send("GET", "/ledger", null, "Origin", own).statusCode()).isEqualTo(200);
    for (String foreign :
        List.of("null", "https://127.0.0.1:" + port, "http://127.0.0.1:1", "http://x.example")) {
      assertThat(send("GET", "/ledger", null, "Origin", foreign).statusCode()).isEqualTo(403);
      assertThat(send("DELETE", "/faults/sim-sms", null, "Origin", foreign).statusCode())
          .isEqualTo(403);
    }
    for (String elsewhere : List.of("cross-site", "same-site")) {
      assertThat(send("GET", "/ledger", null, "Sec-Fetch-Site", elsewhere).statusCode())
          .isEqualTo(403);
    }
    assertThat(send("GET", "/ledger", null, "Sec-Fetch-Site", "same-origin").statusCode())
        .isEqualTo(200);
    // a visitor who follows the gateway's link to the page
    assertThat(send("GET", "/", null, "Sec-Fetch-Site", "same-site").statusCode()).isEqualTo(200);
    for (String host : List.of("localhost:" + port, "[::1]", "LOCALHOST")) {
      assertThat(asked(host)).startsWith("HTTP/1.1 200");
    }
    for (String host : List.of("evil.example", "localhost.evil.example", "127.0.0.1.evil:80", "")) {
      assertThat(asked(host)).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void noProxyMayPassRequestsOn() throws IOException {
    for (String header : List.of("X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "Via")) {
      assertThat(send("GET", "/ledger", null, header, "127.0.0.1").statusCode()).isEqualTo(403);
    }
  }

  private String asked(String host) throws IOException {
    return raw("GET /ledger HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }

  @Test
  void whatIsNotThereIsToldWithWhatIs() throws IOException {
    HttpResponse<String> nowhere = send("GET", "/nowhere", null);
    assertThat(nowhere.statusCode()).isEqualTo(404);
    assertThat(new JsonObject(nowhere.body()).getJsonArray("help").encode()).contains("/ledger");
    HttpResponse<String> wrong = send("POST", "/faults/sim-sms", "{}");
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("Allow")).contains("DELETE, GET, PUT");
    assertThat(send("DELETE", "/", null).statusCode()).isEqualTo(405);
    assertThat(send("POST", "/sms", "{").statusCode()).isEqualTo(400);
    assertThat(send("POST", "/sms", "[]").statusCode()).isEqualTo(400);
    assertThat(send("GET", "/ledger/", null).statusCode()).isEqualTo(200);
    assertThat(send("GET", "/view?since=x", null).statusCode()).isEqualTo(400);
    assertThat(raw("GET /view?since=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void inputAndLedgerAreBounded() throws IOException {
    String most = "x".repeat(1 << 20);
    assertThat(send("POST", "/email", mail("ann@example.org", most)).statusCode()).isEqualTo(202);
    assertThat(send("POST", "/email", mail("ann@example.org", most + "x")).statusCode())
        .isEqualTo(400);
    assertThat(send("POST", "/sms", sms("+15550000001", "x".repeat(10_001))).statusCode())
        .isEqualTo(400);
    assertThat(raw("POST /sms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"))
        .startsWith("HTTP/1.1 413");
    Ledger ledger = new Ledger(10, 100_000);
    for (int i = 0; i < 100; i++) {
      add(ledger, "small");
    }
    Ledger.Search all = new Ledger.Search(java.util.Optional.empty(), java.util.Optional.empty());
    assertThat(ledger.page(all, 0, 200).entries())
        .extracting(entry -> entry.number)
        .containsExactly(91L, 92L, 93L, 94L, 95L, 96L, 97L, 98L, 99L, 100L);
    add(ledger, "x".repeat(99_000));
    assertThat(ledger.page(all, 0, 200).entries()).hasSizeLessThan(3);
  }

  private static void add(Ledger ledger, String body) {
    SimulatedMessage message =
        new SimulatedMessage(
            "+15550000000",
            "+15550000001",
            "sms",
            java.util.Optional.empty(),
            body,
            List.of(),
            java.util.Optional.empty());
    ledger.add(
        number ->
            new LedgerEntry(
                number,
                "sim-sms",
                java.util.Optional.empty(),
                message,
                java.util.Optional.empty(),
                java.time.Instant.EPOCH,
                true));
  }

  @Test
  void thePageComesWithItsFilesAndAllowsNothingElse() throws IOException {
    for (String file : List.of("/", "/simulator.css", "/simulator.js")) {
      HttpResponse<String> page = send("GET", file, null);
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'none'");
    }
  }
}
