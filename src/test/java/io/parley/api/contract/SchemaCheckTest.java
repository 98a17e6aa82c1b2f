package io.parley.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.problem.InputError;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Our verdict on an input is the verdict of a general JSON Schema validator, for every operation of
 * the contract.
 */
@Tag("fast")
class SchemaCheckTest {
  private static final int INPUTS_PER_OPERATION = 2_000;
  private static final int MAX_INPUTS = 50_000;
  private static final ContractFile FILE = ContractFile.of("http://localhost:8080");
  private static final Contract CONTRACT = new Contract(FILE.document());

  @TestFactory
  List<DynamicTest> agreesWithAGeneralValidator() {
    long seed = Long.getLong("seed", System.nanoTime());
    Map<String, Object> document = FILE.document();
    List<DynamicTest> tests = new ArrayList<>();
    for (Verb verb : CONTRACT.verbs().values()) {
      Map<String, Object> operation = operation(document, verb);
      bodySchema(operation)
          .filter(schema -> !verb.streamed())
          .ifPresent(
              schema ->
                  tests.add(
                      DynamicTest.dynamicTest(
                          verb.id() + " body, seed " + seed,
                          () -> agree(document, schema, verb.body().check(), new Random(seed)))));
    }
    return tests;
  }

  @Test
  void refusesKeywordsThatAreNotEnforced() {
    assertThat(whatIsWrongWith(Map.of("uniqueItems", true))).contains("uniqueItems");
    assertThat(whatIsWrongWith(Map.of("x-strict-patern", "a"))).contains("x-strict-patern");
    assertThat(whatIsWrongWith(Map.of("x-strict-pattern", "a"))).contains("pattern beside it");
  }

  @Test
  void refusesADiscriminatorThatMapsOtherValuesThanTheAlternativesAllow() {
    Map<String, Object> cat =
        Map.of("type", "object", "properties", Map.of("kind", Map.of("enum", List.of("cat"))));
    Map<String, Object> dog =
        Map.of("type", "object", "properties", Map.of("kind", Map.of("const", "dog")));
    List<Object> both = List.of(cat, dog);
    assertThat(
            faults(
                Map.of("oneOf", both, "discriminator", discriminator("cat", "dog")),
                Map.of("kind", "dog")))
        .isEmpty();
    assertThat(whatIsWrongWith(Map.of("oneOf", both, "discriminator", discriminator("cat", "cow"))))
        .contains("discriminator");
  }

  private static Map<String, Object> discriminator(String one, String other) {
    return Map.of("propertyName", "kind", "mapping", Map.of(one, "#/one", other, "#/other"));
  }

  private static String whatIsWrongWith(Map<String, Object> schema) {
    return org.assertj.core.api.Assertions.catchThrowable(
            () -> SchemaCompiler.of(schema, ref -> Map.of()))
        .getMessage();
  }

  @Test
  void aStrictPatternIsEnforcedBesideThePortableOneAndReportedOnce() {
    Map<String, Object> word =
        Map.of("type", "string", "pattern", "^\\S+$", "x-strict-pattern", "^\\p{L}+$");
    assertThat(faults(word, "\u00e4")).isEmpty();
    assertThat(faults(word, "a1")).hasSize(1);
    assertThat(faults(word, " ")).hasSize(1);
  }

  @Test
  void anEnumThatItsOperationRefusesIsNotEnforced() {
    Map<String, Object> open =
        Map.of("enum", List.of("a"), "maxLength", 2, "x-enum-refused-by-operation", true);
    assertThat(faults(open, "b")).isEmpty();
    assertThat(faults(open, "abc")).hasSize(1);
  }

  @Test
  void namesAndValuesOfAMapAreChecked() {
    Map<String, Object> revs =
        Map.of(
            "type",
            "object",
            "maxProperties",
            2,
            "propertyNames",
            Map.of("pattern", "^[0-9]+$"),
            "additionalProperties",
            Map.of("type", "integer", "minimum", 0));
    assertThat(faults(revs, Map.of("1", 5L, "2", 0L))).isEmpty();
    assertThat(faults(revs, Map.of("one", 5L)))
        .extracting(InputError::field)
        .containsExactly("field.one");
    assertThat(faults(revs, Map.of("1", -1L)))
        .containsExactly(new InputError("field.1", "must be at least 0"));
    assertThat(faults(revs, Map.of("1", 1L, "2", 2L, "3", 3L)))
        .containsExactly(new InputError("field", "must have at most 2 entries"));
  }

  @Test
  void countsCodePoints() {
    SchemaCheck shape =
        SchemaCompiler.of(Map.of("type", "string", "maxLength", 2), ref -> Map.of());
    assertThat(faults(shape, "\ud83d\ude00\ud83d\ude00")).isEmpty();
    assertThat(faults(shape, "\ud83d\ude00\ud83d\ude00a"))
        .isEqualTo(List.of(new InputError("", "must have at most 2 characters")));
  }

  private static void agree(
      Map<String, Object> document, Map<String, Object> schema, SchemaCheck shape, Random random) {
    JsonSchemaOptions options =
        new JsonSchemaOptions()
            .setBaseUri("https://parley.test/")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Flag);
    ValueGenerator generator = new ValueGenerator(document, random);
    Validator general =
        Validator.create(
            JsonSchema.of((JsonObject) vertx(meantForJava(generator.inlined(schema)))), options);
    int valid = 0;
    int inputs = 0;
    // on until there was a valid one: of some bodies one in a thousand is
    while (inputs < INPUTS_PER_OPERATION || (valid == 0 && inputs < MAX_INPUTS)) {
      inputs++;
      Object input = generator.near(schema);
      boolean ours = faults(shape, input).isEmpty();
      boolean theirs = Boolean.TRUE.equals(general.validate(vertx(input)).getValid());
      assertThat(ours)
          .describedAs("verdict on %s: %s", input, faults(shape, input))
          .isEqualTo(theirs);
      valid += ours ? 1 : 0;
    }
    assertThat(valid).describedAs("valid inputs among the generated").isBetween(1, inputs - 1);
  }

  /**
   * The same schema in the words of the general validator: it knows no keywords of ours, and its
   * {@code $} lets a last line break through.
   */
  @SuppressWarnings("unchecked")
  private static Object meantForJava(Object schema) {
    return switch (schema) {
      case Map<?, ?> map -> {
        Map<String, Object> meant = new LinkedHashMap<>();
        ((Map<String, Object>) map).forEach((name, each) -> meant.put(name, meantForJava(each)));
        Object pattern = meant.getOrDefault("x-strict-pattern", meant.get("pattern"));
        if (pattern instanceof String text) {
          meant.put("pattern", text.replaceFirst("\\$\\z", "(?![\\\\s\\\\S])"));
        }
        if (Boolean.TRUE.equals(meant.get("x-enum-refused-by-operation"))) {
          meant.remove("enum");
        }
        yield meant;
      }
      case List<?> list -> list.stream().map(SchemaCheckTest::meantForJava).toList();
      case null, default -> schema;
    };
  }

  static List<InputError> faults(SchemaCheck shape, Object value) {
    List<InputError> faults = new ArrayList<>();
    shape.check(value, "", faults);
    return faults;
  }

  @SuppressWarnings("unchecked")
  private static Object vertx(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        JsonObject object = new JsonObject(new LinkedHashMap<>());
        ((Map<String, Object>) map).forEach((name, each) -> object.put(name, vertx(each)));
        yield object;
      }
      case List<?> list -> {
        io.vertx.core.json.JsonArray array = new io.vertx.core.json.JsonArray();
        list.forEach(each -> array.add(vertx(each)));
        yield array;
      }
      case java.math.BigDecimal decimal -> decimal.doubleValue();
      case null, default -> value;
    };
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> operation(Map<String, Object> document, Verb verb) {
    Map<String, Object> paths = (Map<String, Object>) document.get("paths");
    Map<String, Object> item = (Map<String, Object>) paths.get(verb.path());
    return (Map<String, Object>) item.get(verb.method().toLowerCase(java.util.Locale.ROOT));
  }

  @SuppressWarnings("unchecked")
  private static java.util.Optional<Map<String, Object>> bodySchema(Map<String, Object> operation) {
    if (!(operation.get("requestBody") instanceof Map<?, ?> body)) {
      return java.util.Optional.empty();
    }
    Map<String, Object> content = (Map<String, Object>) body.get("content");
    Map<String, Object> first = (Map<String, Object>) content.values().iterator().next();
    return java.util.Optional.ofNullable((Map<String, Object>) first.get("schema"));
  }

  @Test
  void aPatternEndsWhereTheTextEnds() {
    Map<String, Object> word = Map.of("type", "string", "pattern", "^[a$]+\\$?$");
    assertThat(faults(word, "a")).isEmpty();
    assertThat(faults(word, "a$")).isEmpty();
    assertThat(faults(word, "a\n")).hasSize(1);
  }

  @Test
  void whatIsTooLongForAPatternIsRefusedOnceAndNeverMatched() {
    Map<String, Object> unbounded = Map.of("type", "string", "pattern", "^a*$");
    assertThat(faults(unbounded, "a".repeat(10_000))).isEmpty();
    assertThat(faults(unbounded, "a".repeat(10_001))).hasSize(1);
    Map<String, Object> bounded = Map.of("type", "string", "maxLength", 5, "pattern", "^a*$");
    assertThat(faults(bounded, "b".repeat(6))).hasSize(1);
  }

  private static List<InputError> faults(Map<String, Object> schema, Object value) {
    List<InputError> faults = new ArrayList<>();
    SchemaCompiler.of(schema, ref -> Map.of()).check(value, "field", faults);
    return faults;
  }
}
