package io.parley.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.auth.Seal;
import io.parley.api.auth.Tokens;
import io.parley.api.operations.IdentityNode;
import io.parley.api.operations.Operations;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.SealedKey;
import io.parley.identity.IdentityVerbs.SealedKeys;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Bad input is refused by every operation, in the table {@code refusals.yaml}.
 *
 * <p>There is no store behind these operations: whatever passes the checks ends as 503. So a
 * refusal here is one that never cost a query, and the valid input of each operation is proven
 * valid by getting that far.
 */
@Tag("integration")
class InvalidInputTest {
  private static final Map<String, Map<String, Object>> TABLE = table();
  private static final Caller ADMIN =
      new Caller.User(
          new Account(
              new Party(1, PartyKind.PERSON, "Admin", "admin"),
              "admin@example.org",
              Role.ADMIN,
              Instant.EPOCH));

  private static final Set<String> MAIL =
      Set.of("sendSms", "sendEmail", "receiveSms", "receiveEmail");
  private static final Set<String> NOTHING = Set.of("body", "subject", "attachments", "timestamp");
  private static final Vertx VERTX = Vertx.vertx();
  private static Operations operations;

  @BeforeAll
  static void open() {
    Bus bus = new Bus(VERTX);
    bus.serve(
        IdentityVerbs.SIGNING_KEYS,
        offer ->
            Future.succeededFuture(
                new SealedKeys(List.of(new SealedKey(offer.freshId(), offer.freshSealed())))));
    SecureRandom random = new SecureRandom();
    Tokens tokens =
        IdentityNode.await(
            Tokens.open(VERTX, bus, IdentityNode.SECRET, "parley", Duration.ofMinutes(15), random));
    Authenticator authenticator =
        new Authenticator(
            bus,
            tokens,
            Seal.of(IdentityNode.SECRET, "credentials", random),
            InstantSource.system(),
            System::nanoTime);
    operations = IdentityNode.operations(VERTX, bus, tokens, authenticator);
  }

  @AfterAll
  static void close() {
    IdentityNode.await(VERTX.close());
  }

  @Test
  void everyOperationHasATable() {
    // what carries bytes is judged where the bytes are
    Set<String> judged = new java.util.HashSet<>(operations.contract().verbs().keySet());
    judged.removeIf(id -> operations.contract().verbs().get(id).streamed());
    assertThat(TABLE.keySet()).isEqualTo(judged);
  }

  @TestFactory
  Stream<DynamicTest> validInputPasses() {
    return TABLE.keySet().stream()
        .map(
            id ->
                DynamicTest.dynamicTest(
                    id,
                    () ->
                        // 200 and 201: what needs no store
                        assertThat(perform(id, Json.encode(valid(id))).status())
                            .isIn(200, 201, 503)));
  }

  @TestFactory
  Stream<DynamicTest> whatTheTableRefusesIs400AndNamesTheField() {
    List<DynamicTest> tests = new ArrayList<>();
    TABLE.forEach(
        (id, row) ->
            map(row.getOrDefault("refused", Map.of()))
                .forEach(
                    (field, values) ->
                        ((List<?>) values)
                            .forEach(value -> tests.add(refused(id, field, written(value))))));
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> whatTheContractDoesNotKnowIs400() {
    // providers may say more than we know
    return TABLE.keySet().stream()
        .filter(id -> !id.startsWith("receive"))
        .map(id -> refused(id, "unheard_of", 1));
  }

  @TestFactory
  Stream<DynamicTest> whatIsRequiredIsRequired() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String id : TABLE.keySet()) {
      for (String field : valid(id).keySet()) {
        if (isRequired(id, field)) {
          tests.add(
              DynamicTest.dynamicTest(
                  id + " without " + field,
                  () -> {
                    Map<String, Object> fields = valid(id);
                    fields.remove(field);
                    assertRefused(perform(id, Json.encode(fields)), field);
                  }));
        }
      }
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> whatIsOfAnotherTypeIs400() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String id : TABLE.keySet()) {
      valid(id)
          .forEach(
              (field, value) -> {
                if (!mayBeNull(id, field)) {
                  tests.add(refused(id, field, null));
                }
                tests.add(refused(id, field, value instanceof Boolean ? (Object) 5 : true));
                tests.add(refused(id, field, Map.of()));
                tests.add(refused(id, field, value instanceof List<?> ? "text" : List.of(value)));
                tests.add(refused(id, field, value instanceof String ? (Object) 5 : "text"));
              });
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoTextIs400() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String id : TABLE.keySet()) {
      valid(id)
          .forEach(
              (field, value) -> {
                if (value instanceof String text) {
                  for (String bad : List.of("\\u0000", "\\ud800", "\\udc00x", "\u00ff")) {
                    tests.add(malformed(id, field, text, bad));
                  }
                }
              });
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> aHugeTextIsRefusedBeforeItCostsAnything() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String id : TABLE.keySet()) {
      valid(id)
          .forEach(
              (field, value) -> {
                if (value instanceof String) {
                  Map<String, Object> fields = valid(id);
                  int huge = MAIL.contains(id) && field.equals("body") ? 1_100_000 : 100_000;
                  fields.put(field, "x".repeat(huge) + "\u0007");
                  tests.add(
                      DynamicTest.dynamicTest(
                          id + " with a huge " + field,
                          () ->
                              assertTimeoutPreemptively(
                                  Duration.ofSeconds(5),
                                  () -> assertRefused(perform(id, Json.encode(fields)), field))));
                }
              });
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoJsonIs400() {
    return TABLE.keySet().stream()
        .filter(id -> !valid(id).isEmpty())
        .flatMap(
            id -> {
              String json = Json.encode(valid(id));
              String field = valid(id).keySet().iterator().next();
              String twice = "{\"%s\":\"x\",".formatted(field) + json.substring(1);
              String deep = "[".repeat(100) + "]".repeat(100);
              return Stream.of("", "{", json + "x", json + json, twice, deep)
                  .map(
                      text ->
                          DynamicTest.dynamicTest(
                              id + " <- " + text,
                              () -> assertThat(perform(id, text).status()).isEqualTo(400)));
            });
  }

  /** Some providers say null where they mean nothing. */
  private static boolean mayBeNull(String id, String field) {
    return MAIL.contains(id) && NOTHING.contains(field);
  }

  private static DynamicTest refused(String id, String field, Object value) {
    Map<String, Object> fields = valid(id);
    fields.put(field, value);
    String json = Json.encode(fields);
    String shown = String.valueOf(value);
    return DynamicTest.dynamicTest(
        id + " with " + field + " = " + shown.substring(0, Math.min(shown.length(), 40)),
        () -> assertRefused(perform(id, json), field));
  }

  private static DynamicTest malformed(String id, String field, String text, String bad) {
    Map<String, Object> fields = valid(id);
    fields.put(field, text + "MARK");
    // latin1 makes of the last one a byte that UTF-8 does not know
    byte[] bytes =
        Json.encode(fields)
            .replace("MARK", bad)
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    return DynamicTest.dynamicTest(
        id + " with " + field + " and " + bad,
        () -> assertThat(perform(id, Buffer.buffer(bytes)).status()).isEqualTo(400));
  }

  private static void assertRefused(Answer answer, String field) {
    assertThat(answer.status()).as("%s", answer.body()).isEqualTo(400);
    assertThat(((Problem) answer).errors())
        .anySatisfy(fault -> assertThat(fault.field()).matches("(.*\\.)?" + field + "([\\[.].*)?"));
  }

  private static Answer perform(String id, String json) {
    return perform(id, Buffer.buffer(json));
  }

  @SuppressWarnings("unchecked")
  private static Answer perform(String id, Buffer json) {
    try {
      return StrictJson.parse(json) instanceof Map<?, ?> fields
          ? IdentityNode.await(
              IdentityNode.perform(operations, id, ADMIN, (Map<String, Object>) fields))
          : Problem.malformed("the body must be an object");
    } catch (MalformedText malformed) {
      return Problem.malformed("malformed");
    }
  }

  private static boolean isRequired(String id, String field) {
    Verb verb = Objects.requireNonNull(operations.contract().verbs().get(id));
    Verb.Parameter parameter = verb.parameters().get(field);
    if (parameter != null) {
      return parameter.required();
    }
    Map<String, Object> fields = valid(id);
    fields.remove(field);
    return verb.check(new LinkedHashMap<>(fields)).stream()
        .anyMatch(fault -> fault.message().equals("is required"));
  }

  private static Map<String, Object> valid(String id) {
    Map<String, Object> fields = new LinkedHashMap<>();
    map(Objects.requireNonNull(TABLE.get(id)).get("valid"))
        .forEach((name, value) -> fields.put(name, written(value)));
    return fields;
  }

  private static Object written(Object value) {
    if (value instanceof Map<?, ?> list && list.containsKey("repeat_in_list")) {
      return java.util.Collections.nCopies((Integer) list.get("times"), list.get("repeat_in_list"));
    }
    return value instanceof Map<?, ?> text && text.get("repeat") instanceof String repeat
        ? repeat.repeat((Integer) text.get("times"))
            + Objects.requireNonNullElse(text.get("then"), "")
        : value;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object node) {
    return (Map<String, Object>) node;
  }

  private static Map<String, Map<String, Object>> table() {
    try (InputStream in = InvalidInputTest.class.getResourceAsStream("/refusals.yaml")) {
      return new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
