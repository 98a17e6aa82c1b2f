package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.contract.ContractCheck;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every operation answers invalid input with a problem, never with a 5xx. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class ProblemAnswersTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static String url;
  private static final String ADMIN = TestGateway.basic("admin@parley.local");
  private static TestGateway node;
  private static String owner;
  private static long group;

  @BeforeAll
  static void start(TestDatabase database, TestGateway gateway) {
    url = database.url();
    node = gateway;
    owner = node.signUp("owner", "person");
    node.signUp("member", "person");
    node.signUp("spare", "person");
    group = node.group(owner, "ours", "member", "spare");
    node.say(owner, group, "first").is(201);
    node.say(owner, group, "second").is(201);
    node.post(owner, "/api/conversations/" + group + "/items", AuthorizationTest.TRANSFER).is(201);
  }

  @AfterAll
  static void stop() {
    TimelineInvariants.check(url);
  }

  private record Bad(String what, byte[] body, String contentType, int status) {}

  @TestFactory
  List<DynamicTest> everyOperationWithABodyRefusesBadOnes() {
    List<DynamicTest> tests = new ArrayList<>();
    AuthorizationTest.TABLE.forEach(
        (id, row) -> {
          if (row.body() instanceof JsonObject good) {
            for (Bad bad : bad(good)) {
              if (isFine(id, bad.what())) {
                continue;
              }
              tests.add(DynamicTest.dynamicTest(id + ": " + bad.what(), () -> refuses(row, bad)));
            }
          }
        });
    return tests;
  }

  /** Providers may say more than we know, and less, and write it badly; mails are long. */
  private static boolean isFine(String id, String what) {
    if (what.equals("body too long") || what.equals("too much")) {
      return id.endsWith("Email");
    }
    return id.startsWith("receive")
        && switch (what) {
          case "an unknown field", "body null", "body empty", "body blank", "not UTF-8" -> true;
          default -> what.matches(".* (twice|with U\\+0000|half a character)");
        };
  }

  private static List<Bad> bad(JsonObject good) {
    List<Bad> all = new ArrayList<>();
    String json = good.encode();
    String json1 = json.substring(0, json.length() - 1);
    all.add(text("nothing", "", 400));
    all.add(text("half", json1, 400));
    all.add(text("a list", "[" + json + "]", 400));
    all.add(text("a text", "\"x\"", 400));
    all.add(text("null", "null", 400));
    all.add(text("two values", json + json, 400));
    all.add(text("an unknown field", json1 + ",\"stranger\":1}", 400));
    all.add(
        text(
            "deep nesting",
            json1 + ",\"stranger\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}",
            400));
    all.add(text("a huge number", json1 + ",\"stranger\":" + "9".repeat(5_000) + "}", 400));
    all.add(text("too much", json1 + ",\"stranger\":\"" + "x".repeat(1_400_000) + "\"}", 413));
    all.add(
        new Bad(
            "not UTF-8",
            (json1 + ",\"\u00ff\":1}").getBytes(StandardCharsets.ISO_8859_1),
            "application/json",
            400));
    all.add(new Bad("UTF-16", json.getBytes(StandardCharsets.UTF_16), "application/json", 400));
    all.add(
        new Bad("another media type", json.getBytes(StandardCharsets.UTF_8), "text/plain", 415));
    all.add(new Bad("XML", "<x/>".getBytes(StandardCharsets.UTF_8), "application/xml", 415));
    for (Map.Entry<String, Object> field : good) {
      String name = field.getKey();
      all.add(
          text(
              name + " twice",
              json1
                  + ",\""
                  + name
                  + "\":"
                  + JsonObject.of("v", field.getValue())
                      .encode()
                      .substring(5)
                      .replaceFirst("}$", "")
                  + "}",
              400));
      all.add(changed(name + " null", good, name, null));
      all.add(changed(name + " an object", good, name, new JsonObject()));
      all.add(changed(name + " true", good, name, true));
      all.add(changed(name + " nested", good, name, new JsonArray().add(new JsonArray())));
      all.add(changed(name + " 1.5", good, name, 1.5));
      if (field.getValue() instanceof String && !name.equals("token")) {
        all.add(changed(name + " empty", good, name, ""));
        if (!name.equals("password") && !name.equals("username")) {
          all.add(changed(name + " blank", good, name, " \t"));
        }
        all.add(changed(name + " too long", good, name, "x".repeat(20_000)));
        all.add(changed(name + " with U+0000", good, name, "a\u0000b"));
        all.add(changed(name + " half a character", good, name, "a\ud800b"));
      }
      if (field.getValue() instanceof Integer) {
        all.add(changed(name + " negative", good, name, -1));
        all.add(changed(name + " beyond counting", good, name, Long.MAX_VALUE));
      }
    }
    all.add(text("nothing in it", "{}", 400));
    return all;
  }

  private static Bad text(String what, String body, int status) {
    return new Bad(what, body.getBytes(StandardCharsets.UTF_8), "application/json", status);
  }

  private static Bad changed(String what, JsonObject good, String name, Object value) {
    // a lone surrogate cannot be UTF-8, so it travels escaped
    String body = good.copy().put(name, value).encode().replace("\ud800", "\\ud800");
    return text(what, body.replace("?b", "\\ud800b"), 400);
  }

  private static boolean isForAgents(AuthorizationTest.Row row) {
    return row.path().startsWith("/api/keys")
        || row.path().startsWith("/api/messages/")
        || row.path().startsWith("/api/webhooks/");
  }

  private static void refuses(AuthorizationTest.Row row, Bad bad) throws Exception {
    URI uri = node.uri(row.path().replace("{group}", Long.toString(group)));
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Authorization", isForAgents(row) ? ADMIN : owner)
            .header("Content-Type", bad.contentType())
            .method(row.method(), BodyPublishers.ofByteArray(bad.body()))
            .build();
    HttpResponse<String> response = CLIENT.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(bad.status());
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(
            ContractCheck.faults(
                row.method(), uri.getPath(), response.statusCode(), response.body()))
        .isEmpty();
  }
}
