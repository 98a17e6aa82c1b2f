package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Access;
import io.parley.api.contract.ContractCheck;
import io.parley.api.contract.ContractCheck.ExampleRequest;
import io.parley.demo.Demo;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * The requests that the contract shows as examples work as they stand, in a sandbox with the test
 * data of {@code make demo}: what Swagger UI sends when somebody tries them out.
 */
@Tag("integration")
class ContractExamplesTest {
  private static final String ADMIN =
      "Basic "
          + Base64.getEncoder()
              .encodeToString("admin@parley.local:parley-demo".getBytes(StandardCharsets.UTF_8));

  /** What depends on ids that a gateway makes up, and what it answers then. */
  private static final Map<String, Set<Integer>> STATE_DEPENDENT =
      Map.of(
          "getAttachment", Set.of(404),
          "linkAttachment", Set.of(404),
          "deleteKey", Set.of(204, 404),
          "drainNode", Set.of(404),
          "redriveDelivery", Set.of(409));

  private static final List<String> METHODS = List.of("POST", "GET", "PUT", "PATCH", "DELETE");
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway =
        new TestGateway(
            TestDatabase.fresh(),
            Map.of(
                "PARLEY_MODE", "sandbox",
                "PARLEY_SIMULATOR_PORT", "0",
                "PARLEY_ADMIN_PASSWORD", "parley-demo"));
    Demo.main(new String[] {gateway.uri("").toString()});
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @TestFactory
  List<DynamicTest> everyExampleIsAnsweredAsDocumented() {
    return ContractCheck.exampleRequests().stream()
        .sorted(Comparator.comparing(example -> METHODS.indexOf(example.verb().method())))
        .map(example -> DynamicTest.dynamicTest(example.name(), () -> works(example)))
        .toList();
  }

  private static void works(ExampleRequest example) {
    String credentials = example.verb().admission().access() == Access.ADMIN ? ADMIN : "";
    Object body =
        example.body() instanceof Map<?, ?> fields
            ? new JsonObject(io.vertx.core.json.Json.encode(fields))
            : example.body();
    Reply reply = gateway.send(example.verb().method(), credentials, example.path(), body);
    Set<Integer> documented = STATE_DEPENDENT.get(example.verb().id());
    if (documented == null) {
      assertThat(reply.status()).describedAs(reply.body()).isBetween(200, 299);
    } else {
      assertThat(reply.status()).describedAs(reply.body()).isIn(documented);
    }
  }
}
