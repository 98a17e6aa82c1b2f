package io.parley.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.FaultVolume;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestGateway;
import io.parley.testing.TestSocket;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Requests generated from the contract, valid and nearly valid, over HTTP and the event bus: each
 * is answered, and never with a 5xx. {@code -Dseed} gives other requests, and {@code -Dvolume} more
 * of them.
 */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class GeneratedRequestsTest {
  private static final int HTTP_REQUESTS = 4_000;
  private static final int BUS_REQUESTS = 1_000;
  private static final int AT_ONCE = 20;
  private static final int MAX_VALUE = 500;
  private static final Pattern NO_5XX = Pattern.compile("(?s)[234].*");
  private static final String ADMIN = TestGateway.basic("admin@parley.local");
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final long seed = Long.getLong("seed", 14);
  private final Random random = new Random(seed);
  private final ValueGenerator values = new ValueGenerator(ContractCheck.document(), random);

  /** The values of one request by where they go. */
  private record Generated(
      Verb verb, Map<String, Object> path, Map<String, Object> query, Object body) {
    String target() {
      String target = verb.path();
      for (Map.Entry<String, Object> each : path.entrySet()) {
        target = target.replace("{" + each.getKey() + "}", encoded(each.getValue()));
      }
      StringJoiner joined = new StringJoiner("&", "?", "").setEmptyValue("");
      query.forEach((name, value) -> joined.add(name + "=" + encoded(value)));
      return target + joined;
    }

    private static String encoded(Object value) {
      String text = value instanceof String given ? given : Json.encode(value);
      return text.isEmpty() ? "%20" : URLEncoder.encode(cut(text), StandardCharsets.UTF_8);
    }

    // longer lines are refused before they are parsed
    private static String cut(String text) {
      int length = Math.min(MAX_VALUE, text.codePointCount(0, text.length()));
      return text.substring(0, text.offsetByCodePoints(0, length));
    }
  }

  private Generated request(Verb verb) {
    Map<String, Object> path = new LinkedHashMap<>();
    Map<String, Object> query = new LinkedHashMap<>();
    Map<String, Object> operation = ContractCheck.operation(verb);
    Map<String, Object> item =
        ContractCheck.map(
            ContractCheck.map(ContractCheck.document().get("paths")).get(verb.path()));
    for (Map<String, Object> holder : List.of(item, operation)) {
      if (holder.get("parameters") instanceof List<?> declared) {
        declared.forEach(
            each -> parameter(ContractCheck.resolved(ContractCheck.map(each)), path, query));
      }
    }
    Map<String, Object> content =
        ContractCheck.map(
            ContractCheck.resolved(ContractCheck.map(operation.get("requestBody"))).get("content"));
    Object body =
        content.isEmpty()
            ? null
            : values.near(ContractCheck.map(content.values().iterator().next()).get("schema"));
    return new Generated(verb, path, query, body);
  }

  private void parameter(
      Map<String, Object> declared, Map<String, Object> path, Map<String, Object> query) {
    String name = (String) declared.get("name");
    // often something that exists
    Object value = random.nextInt(3) > 0 ? "1" : values.near(declared.get("schema"));
    switch ((String) declared.get("in")) {
      case "path" -> path.put(name, value);
      case "query" -> {
        if (random.nextBoolean()) {
          query.put(name, values.near(declared.get("schema")));
        }
      }
      default -> {}
    }
  }

  private Verb anyVerb(List<Verb> verbs) {
    return verbs.get(random.nextInt(verbs.size()));
  }

  private static void prepare(TestGateway node) {
    node.signUp("ann", "person");
    node.signUp("bob", "person");
    node.say(TestGateway.basic("ann"), "bob", "hello").is(201);
    node.group(ADMIN, "group", "ann", "bob");
  }

  @Test
  void everyRequestIsAnsweredAndNeverByA5xx(TestGateway node) throws Exception {
    System.out.println("GeneratedRequestsTest: -Dseed=" + seed);
    prepare(node);
    List<Verb> verbs =
        ContractCheck.contract().verbs().values().stream()
            .filter(verb -> !verb.streamed())
            .toList();
    String admin = node.token("admin@parley.local").getString("access_token");
    for (int sent = 0; sent < FaultVolume.of(HTTP_REQUESTS); sent += AT_ONCE) {
      List<CompletableFuture<String>> answers = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        answers.add(send(node, request(anyVerb(verbs)), "Bearer " + admin));
      }
      for (CompletableFuture<String> answer : answers) {
        assertThat(answer.get()).describedAs("seed " + seed).matches(NO_5XX);
      }
    }
  }

  private CompletableFuture<String> send(
      TestGateway node, Generated generated, String authorization) {
    URI uri = node.uri(generated.target());
    String body = generated.body() == null ? "" : text(generated.body());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", authorization)
            .method(generated.verb().method(), BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return CLIENT
        .sendAsync(request.build(), BodyHandlers.ofString())
        .thenApply(
            response ->
                "%d %s to %s %s %s"
                    .formatted(
                        response.statusCode(),
                        response.body(),
                        generated.verb().method(),
                        uri,
                        body));
  }

  // sometimes damaged at one place
  private String text(Object body) {
    String json = Json.encode(body);
    if (random.nextInt(10) > 0) {
      return json;
    }
    int at = random.nextInt(json.length());
    return switch (random.nextInt(3)) {
      case 0 -> json.substring(0, at);
      case 1 -> json.substring(0, at) + (char) random.nextInt(0x80) + json.substring(at);
      default -> json.substring(0, at) + json;
    };
  }

  @Test
  void everyFrameOfTheEventBusIsAnsweredAndNeverByA5xx(TestGateway node) {
    System.out.println("GeneratedRequestsTest: -Dseed=" + seed);
    prepare(node);
    List<Verb> verbs =
        ContractCheck.contract().verbs().values().stream()
            .filter(verb -> !verb.httpOnly())
            .toList();
    try (TestSocket socket = TestSocket.open(node, ADMIN)) {
      for (int sent = 0; sent < FaultVolume.of(BUS_REQUESTS); sent++) {
        Generated generated = request(anyVerb(verbs));
        JsonObject body = new JsonObject();
        generated.path().forEach(body::put);
        generated.query().forEach(body::put);
        if (generated.body() instanceof Map<?, ?> fields) {
          fields.forEach((name, value) -> body.put((String) name, value));
        }
        if (body.encode().length() < 30_000) {
          JsonObject reply = socket.ask(generated.verb().id(), body);
          assertThat(reply.getInteger("failureCode", 200))
              .describedAs("seed %d: %s %s: %s", seed, generated.verb().id(), body, reply)
              .isLessThan(500);
        }
        socket.frames.clear();
      }
    }
  }
}
