package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.parley.settings.HttpLimits;
import io.parley.settings.ProxySettings;
import io.parley.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The HTTP edge alone: a small contract, operations of no consequence, real sockets. */
@Tag("fast")
class HttpVerticleTest {
  private static TestEdge edge;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    edge = new TestEdge();
    port = edge.port();
  }

  @AfterAll
  static void stop() throws Exception {
    edge.close();
  }

  private static HttpRequest.Builder at(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private static HttpRequest.Builder post(String body) {
    return at("/things")
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  private static JsonObject problem(HttpResponse<String> response, int status) {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
    JsonObject problem = new JsonObject(response.body());
    assertThat(problem.getInteger("status")).isEqualTo(status);
    assertThat(problem.fieldNames()).contains("type", "title", "detail");
    return problem;
  }

  private static String raw(String... parts) throws IOException {
    return edge.raw(parts);
  }

  @Test
  void requestsReachTheirOperation() throws Exception {
    HttpResponse<String> response = send(post("{\"text\":\"h\u00e9\"}"));
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(new JsonObject(response.body()).getString("text")).isEqualTo("h\u00e9");
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things/7",
        "/things/7/",
        "/things/7//",
        "/things/7?limit=2",
        "/things/7?id=7",
        "/things/%37",
        "/%74hings/7"
      })
  void readsPathAndQuery(String path) throws Exception {
    assertThat(send(at(path)).body()).isEqualTo("{\"id\":7}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things/x",
        "/things/7?limit=0",
        "/things/7?limit=x",
        "/things/7?limit=",
        "/things/7?limit=1&limit=1",
        "/things/7?other=1",
        "/things/7?id=8",
        "/things/7?limit=%zz",
        "/things/99999999999999999999",
        "/things/%00",
        "/things/%ff"
      })
  void refusesPathsAndQueriesThatDoNotFit(String path) throws Exception {
    // the client's URI class will not send these, so they go out by hand
    String answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "{",
        "[]",
        "1",
        "null",
        "{}",
        "{\"text\":1}",
        "{\"text\":null}",
        "{\"text\":\"a\",\"other\":1}",
        "{\"text\":\"a\",\"text\":\"b\"}",
        "{\"text\":\"\\u0000\"}",
        "{\"text\":\"\\ud800\"}",
        "{\"text\":\"a\",\"n\":1.5}",
        "{\"text\":\"a\",\"n\":1e99}",
        "{\"text\":\"a\"} x"
      })
  void refusesBodiesThatDoNotFit(String body) throws Exception {
    problem(send(post(body)), 400);
  }

  @Test
  void invalidFieldsAreNamed() throws Exception {
    JsonObject problem = problem(send(post("{\"n\":\"x\",\"stranger\":1}")), 400);
    assertThat(
            problem.getJsonArray("errors").stream()
                .map(each -> ((JsonObject) each).getString("field")))
        .containsExactlyInAnyOrder("text", "n", "stranger");
  }

  @Test
  void refusesOtherMediaTypes() throws Exception {
    problem(
        send(
            at("/things").header("Content-Type", "text/plain").POST(BodyPublishers.ofString("{}"))),
        415);
    problem(send(at("/things").POST(BodyPublishers.ofString("{}"))), 415);
    problem(
        send(
            at("/things")
                .header("Content-Type", "application/json; charset=utf-16")
                .POST(BodyPublishers.ofString("{}"))),
        415);
    assertThat(
            send(at("/things")
                    .header("Content-Type", "Application/JSON; charset=\"UTF-8\"")
                    .POST(BodyPublishers.ofString("{\"text\":\"a\"}")))
                .statusCode())
        .isEqualTo(201);
  }

  @Test
  void tooLargeRequestsAreRefused() throws Exception {
    problem(send(post("{\"text\":\"" + "a".repeat(70_000) + "\"}")), 413);
    assertThat(
            raw(
                "POST /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                "11000\r\n" + "a".repeat(0x11000) + "\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 413");
    assertThat(raw("GET /" + "a".repeat(5_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
        .contains(" 414 ")
        .contains("application/problem+json");
    assertThat(raw("GET / HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(9_000) + "\r\n\r\n"))
        .contains(" 431 ")
        .contains("application/problem+json");
  }

  @Test
  void malformedHttpIsAnsweredWithAProblem() throws Exception {
    assertThat(raw("\u0016\u0003\u0001 hello\r\n\r\n"))
        .contains(" 400 ")
        .contains("application/problem+json");
  }

  @Test
  void connectionsWithoutARequestBodyStayOpen() throws Exception {
    String answers =
        raw(
            "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
            "DELETE /things HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /mine HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nobody\r\n\r\n",
            "GET /things/7?limit=0 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /things/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answers.split("HTTP/1.1 ", -1))
        .extracting(each -> each.isEmpty() ? "" : each.substring(0, 3))
        .containsExactly("", "404", "405", "401", "400", "200");
    assertThat(answers).containsOnlyOnce("connection: close").endsWith("{\"id\":7}");
  }

  @Test
  void connectionsWithAnUnreadBodyAreClosed() throws Exception {
    long start = System.nanoTime();
    String answer = raw("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
    assertThat(answer).startsWith("HTTP/1.1 404").contains("connection: close");
    assertThat(
            raw(
                "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
                "GET /things/7 HTTP/1.1\r\nHost: x\r\n\r\n"))
        .startsWith("HTTP/1.1 404")
        .doesNotContain("200");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(9));
  }

  @Test
  void brokenRequestsAreNotLoggedAsErrors() throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger("io.parley.http");
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    List<ILoggingEvent> seen = new CopyOnWriteArrayList<>();
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            seen.add(event);
          }
        };
    appender.start();
    root.addAppender(appender);
    log.setLevel(Level.DEBUG);
    try {
      assertThat(raw("GARBAGE\r\n\r\n")).contains(" 400 ").contains("application/problem+json");
      assertThat(
              raw(
                  "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"))
          .contains(" 400 ")
          .contains("malformed");
      try (Socket socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port)) {
        String half = "POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabcd";
        socket.getOutputStream().write(half.getBytes(StandardCharsets.ISO_8859_1));
      }
      Await.until(
          "both broken bodies are logged",
          () ->
              seen.stream()
                      .filter(each -> each.getMessage().equals("Request body broke off"))
                      .count()
                  >= 2);
      assertThat(seen).noneMatch(each -> each.getLevel().isGreaterOrEqual(Level.ERROR));
    } finally {
      root.detachAppender(appender);
      log.setLevel(null);
    }
  }

  @Test
  void exactlyOneHostHeaderIsRequired() throws Exception {
    assertThat(raw("GET /things/7 HTTP/1.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("malformed");
    assertThat(raw("GET /things/7 HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
    assertThat(raw("GET /things/7 HTTP/1.0\r\n\r\n")).contains(" 200 ").endsWith("{\"id\":7}");
  }

  @Test
  void compressedBodiesAreRefused() throws Exception {
    HttpResponse<String> wrapped =
        send(post("{\"text\":\"a\"}").header("Content-Encoding", "gzip"));
    problem(wrapped, 415);
    assertThat(wrapped.headers().firstValue("Accept-Encoding")).contains("identity");
    assertThat(send(post("{\"text\":\"a\"}").header("Content-Encoding", "identity")).statusCode())
        .isEqualTo(201);
  }

  @Test
  void refusesFieldsWhereNoneAreExpected() throws Exception {
    HttpRequest.Builder json = at("/things/7").header("Content-Type", "application/json");
    assertThat(send(json.method("GET", BodyPublishers.ofString("{}"))).statusCode()).isEqualTo(200);
    JsonObject problem =
        problem(send(json.method("GET", BodyPublishers.ofString("{\"bogus\":1}"))), 400);
    assertThat(problem.getString("detail")).isEqualTo("bogus is not a known field.");
    problem(send(json.method("GET", BodyPublishers.ofString("{\"id\":7}"))), 400);
    problem(send(json.method("GET", BodyPublishers.ofString("bogus"))), 400);
  }

  @Test
  void says404And405() throws Exception {
    problem(send(at("/nowhere")), 404);
    JsonObject typo = new JsonObject(send(at("/thing")).body());
    assertThat(typo.getString("type")).isEqualTo("no_such_path");
    assertThat(typo.getString("detail")).contains("did you mean /things");
    assertThat(typo.getJsonArray("nearest")).contains("/things");
    problem(send(at("/nowhere").POST(BodyPublishers.ofString("x"))), 404);
    HttpResponse<String> wrong = send(at("/things").DELETE());
    problem(wrong, 405);
    assertThat(wrong.headers().firstValue("Allow")).contains("OPTIONS, POST");
  }

  @Test
  void answersHeadWithoutABody() throws Exception {
    HttpResponse<String> response = send(at("/things/7").method("HEAD", BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void validRequestIdsAreKeptAndInvalidOnesReplaced() throws Exception {
    assertThat(
            send(at("/things/7").header("X-Request-Id", "a.B_9-x"))
                .headers()
                .firstValue("X-Request-Id"))
        .contains("a.B_9-x");
    assertThat(
            send(at("/things/7").header("X-Request-Id", "a b"))
                .headers()
                .firstValue("X-Request-Id")
                .orElseThrow())
        .matches("[0-9a-f]{16}");
    assertThat(
            send(at("/nowhere").header("X-Request-Id", "kept")).headers().allValues("X-Request-Id"))
        .containsExactly("kept");
  }

  @Test
  void theCallerComesFromTheHeaderOrTheSandbox() throws Exception {
    assertThat(send(at("/mine").header("Authorization", "Bearer ann")).body())
        .isEqualTo("{\"who\":\"ann\"}");
    assertThat(send(at("/mine")).body()).isEqualTo("{\"who\":\"agent\"}");
    HttpResponse<String> wrong = send(at("/mine").header("Authorization", "Bearer nobody"));
    problem(wrong, 401);
    assertThat(wrong.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    problem(send(at("/agents").header("Authorization", "Bearer ann")), 403);
  }

  @Test
  void otherOriginsGetNoSandboxIdentity() throws Exception {
    problem(send(at("/mine").header("Origin", "https://evil.example")), 401);
    problem(send(at("/mine").header("Sec-Fetch-Site", "cross-site")), 401);
    assertThat(raw("GET /mine HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 401");
    assertThat(
            send(at("/mine")
                    .header("Origin", "http://own.example")
                    .header("Sec-Fetch-Site", "same-origin"))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void listedOriginsAreAllowedAndOthersRefused() throws Exception {
    problem(send(post("{\"text\":\"a\"}").header("Origin", "https://evil.example")), 403);
    problem(send(post("{\"text\":\"a\"}").header("Origin", "null")), 403);
    problem(send(post("{\"text\":\"a\"}").header("Sec-Fetch-Site", "cross-site")), 403);
    HttpResponse<String> guest =
        send(post("{\"text\":\"a\"}").header("Origin", "https://guest.example"));
    assertThat(guest.statusCode()).isEqualTo(201);
    assertThat(guest.headers().firstValue("Access-Control-Allow-Origin"))
        .contains("https://guest.example");
    assertThat(guest.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
    assertThat(guest.headers().firstValue("Access-Control-Expose-Headers"))
        .hasValueSatisfying(
            each ->
                assertThat(each)
                    .contains("Content-Range", "Content-Disposition", "ETag", "WWW-Authenticate"));
    // a cache must not serve the answer to pages of other origins
    assertThat(guest.headers().allValues("Vary")).containsExactly("Origin");
    assertThat(send(at("/docs/swagger-ui.css")).headers().allValues("Vary"))
        .containsExactly("Origin");
    assertThat(send(at("/things/7")).headers().allValues("Vary")).containsExactly("Origin");
    String preflight =
        raw(
            "OPTIONS /things HTTP/1.1\r\nHost: x\r\nOrigin: https://guest.example\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n");
    assertThat(preflight)
        .startsWith("HTTP/1.1 204")
        .containsIgnoringCase("access-control-allow-methods")
        .contains("Range, If-None-Match");
  }

  @Test
  void bugsAreAnsweredWithOnlyARequestId() throws Exception {
    HttpResponse<String> response = send(at("/bug").header("X-Request-Id", "find-me"));
    JsonObject problem = problem(response, 500);
    assertThat(problem.encode())
        .contains("find-me")
        .doesNotContain("secret detail")
        .doesNotContain("Exception");
  }

  @Test
  void outagesCarryARetryAfter() throws Exception {
    HttpResponse<String> response = send(at("/outage"));
    problem(response, 503);
    assertThat(response.headers().firstValue("Retry-After")).contains("1");
  }

  @Test
  void silentConnectionsAreClosed() throws Exception {
    assertThat(raw("")).isEmpty();
    assertThat(raw("GET /things/7 HTTP/1.1\r\nHost: x\r\n")).isEmpty();
  }

  @Test
  void connectionsThatNeverFinishABodyAreClosed() throws Exception {
    assertThat(
            raw(
                "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
        .isEmpty();
  }

  @Test
  void servesHealthMetricsAndDocumentation() throws Exception {
    assertThat(send(at("/health/live")).body()).contains("up");
    assertThat(send(at("/health/ready")).body())
        .isEqualTo("{\"database\":\"up\",\"providers\":\"none for email\",\"status\":\"up\"}");
    assertThat(send(at("/metrics")).body()).isEqualTo("metrics");
    assertThat(send(at("/openapi.yaml")).body()).isEqualTo("yaml");
    HttpResponse<String> docs = send(at("/docs"));
    assertThat(docs.statusCode()).isEqualTo(302);
    assertThat(docs.headers().firstValue("Location")).contains("/docs/");
    for (String page :
        List.of(
            "/",
            "/docs/",
            "/docs/swagger-ui.css",
            "/health/live",
            "/health/ready/",
            "/metrics",
            "/openapi.yaml",
            "/openapi.json",
            "/docs/guide/",
            "/docs/guide/live",
            "/guide.css",
            "/start.json",
            "/parley.js")) {
      HttpResponse<String> read = send(at(page));
      HttpResponse<String> head = send(at(page).method("HEAD", BodyPublishers.noBody()));
      assertThat(head.statusCode()).describedAs(page).isEqualTo(200);
      assertThat(head.body()).isEmpty();
      assertThat(read.headers().allValues("Cache-Control"))
          .describedAs(page)
          .containsExactly("no-cache");
      HttpResponse<String> wrong = send(at(page).POST(BodyPublishers.ofString("x")));
      problem(wrong, 405);
      assertThat(wrong.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
      HttpResponse<String> options = send(at(page).method("OPTIONS", BodyPublishers.noBody()));
      assertThat(options.statusCode()).isEqualTo(204);
      assertThat(options.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
    }
    HttpResponse<String> script = send(at("/parley.js"));
    String since = script.headers().firstValue("Last-Modified").orElseThrow();
    assertThat(send(at("/parley.js").header("If-Modified-Since", since)).statusCode())
        .isEqualTo(304);
    problem(send(at("/nothing.js").POST(BodyPublishers.ofString("x"))), 404);
    problem(send(at("/docs/nothing.js")), 404);
    assertThat(send(at("/docs/")).body()).contains("swagger-ui");
    assertThat(send(at("/docs/swagger-initializer.js")).body()).contains("/openapi.json");
    assertThat(send(at("/docs/swagger-ui-bundle.js")).statusCode()).isEqualTo(200);
    assertThat(send(at("/docs/../../../openapi.yaml")).statusCode()).isIn(404, 200);
  }

  @Test
  void pagesRunNoForeignScriptAndSwaggerUiKeepsNoCredentials() throws Exception {
    for (String page : List.of("/", "/docs/", "/docs/guide/")) {
      assertThat(send(at(page)).headers().firstValue("Content-Security-Policy").orElse(""))
          .describedAs(page)
          .containsPattern("default-src '(none|self)'")
          .contains("frame-ancestors 'none'")
          .doesNotContain("unsafe-eval", "script-src *")
          .doesNotContainPattern("script-src[^;]*unsafe-inline");
    }
    assertThat(send(at("/docs/swagger-initializer.js")).body())
        .contains("persistAuthorization: false");
  }

  @Test
  void servesTheGuideWithoutAnyScript() throws Exception {
    HttpResponse<String> guide = send(at("/docs/guide"));
    assertThat(guide.statusCode()).isEqualTo(302);
    assertThat(guide.headers().firstValue("Location")).contains("/docs/guide/");
    HttpResponse<String> page = send(at("/docs/guide/clients/curl"));
    assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
    assertThat(page.headers().allValues("Content-Security-Policy"))
        .singleElement()
        .asString()
        .startsWith("default-src 'none'; style-src 'self'");
    assertThat(page.body()).contains("<h1 id=\"curl\">curl</h1>");
    problem(send(at("/docs/guide/nothing")), 404);
    assertThat(send(at("/docs/problems")).body()).contains("<h3 id=\"unknown_member\">");
    assertThat(send(at("/start.json")).body()).isEqualTo("{\"simulator_port\":\"8090\"}");
  }

  @Test
  void anEdgeThatStopsAnswersForAWhileAndAsksForNewConnections() throws Exception {
    HttpLimits limits = TestEdge.limits(0, Duration.ofSeconds(3));
    try (TestEdge leaving = new TestEdge(ProxySettings.NONE, false, limits)) {
      URI thing = URI.create("http://127.0.0.1:" + leaving.port() + "/things/7");
      Future<Void> left = leaving.leave();

      Await.until(
          "an answer asks for a new connection",
          () ->
              send(HttpRequest.newBuilder(thing))
                  .headers()
                  .firstValue("Connection")
                  .equals(Optional.of("close")));

      Await.result(left);
      assertThatThrownBy(leaving::connect).isInstanceOf(ConnectException.class);
    }
  }
}
