package io.parley.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Access;
import io.parley.api.problem.InputError;
import io.parley.identity.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the contract to what its readers and client generators need. */
@Tag("fast")
class ContractDocumentTest {
  private static final Map<String, Object> DOCUMENT = ContractCheck.document();

  private static Stream<DynamicTest> eachOperation(
      String what, java.util.function.Consumer<Verb> test) {
    return ContractCheck.contract().verbs().values().stream()
        .map(verb -> DynamicTest.dynamicTest(verb.id() + " " + what, () -> test.accept(verb)));
  }

  @Test
  void theContractNamesItsMaintainersAndItsLicense() {
    Map<String, Object> info = map(DOCUMENT.get("info"));
    assertThat(info).containsKeys("title", "version", "description", "contact");
    assertThat(map(info.get("license"))).containsEntry("identifier", "Apache-2.0");
  }

  @TestFactory
  Stream<DynamicTest> everyOperationSaysWhatItDoesAndWhoMayCallIt() {
    return eachOperation(
        "is described",
        verb -> {
          Map<String, Object> operation = ContractCheck.operation(verb);
          assertThat((String) operation.get("summary")).isNotBlank().doesNotEndWith(".");
          assertThat((String) operation.get("description")).endsWith(access(verb) + "\n");
          assertThat((List<?>) operation.get("tags")).hasSize(1);
        });
  }

  /** Who may call this, in words. */
  private static String access(Verb verb) {
    if (verb.admission().access() == Access.ANYONE) {
      return "Access: everybody; no credentials are required.";
    }
    String users =
        switch (verb.admission().access()) {
          case ANYONE, USER -> "signed-in users";
          case AGENT -> "agents and administrators";
          case ADMIN -> "administrators";
        };
    List<String> scopes =
        Stream.of(Scope.values())
            .filter(scope -> verb.admission().scopes().stream().anyMatch(scope::includes))
            .map(scope -> "`" + scope.text() + "`")
            .toList();
    return scopes.isEmpty()
        ? "Access: " + users + "; no API keys."
        : "Access: " + users + "; API keys with scope " + enumerated(scopes) + ".";
  }

  private static String enumerated(List<String> words) {
    int last = words.size() - 1;
    return last == 0
        ? words.getFirst()
        : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  @TestFactory
  Stream<DynamicTest> everyOperationDocumentsItsErrorsWithAnExampleForEachType() {
    return eachOperation(
        "documents its errors",
        verb -> {
          Map<String, Object> responses = map(ContractCheck.operation(verb).get("responses"));
          assertThat(responses).containsKeys("400", "401", "403", "429", "503", "default");
          if (verb.body().check() != null) {
            assertThat(responses).containsKeys("413", "415");
          }
          if (verb.idempotent()) {
            assertThat(types(responses, "409")).contains("idempotency_key_reused");
          }
          if (!verb.method().equals("GET")) {
            assertThat(types(responses, "503")).contains("outcome_unknown");
          }
          responses.forEach(
              (status, response) -> {
                if (status.equals("default") || status.charAt(0) >= '4') {
                  assertThat(types(responses, status)).describedAs(status).isNotEmpty();
                }
              });
        });
  }

  private static Set<Object> types(Map<String, Object> responses, String status) {
    Map<String, Object> response = ContractCheck.resolved(map(responses.get(status)));
    return ContractCheck.problemTypes(map(response.get("content")));
  }

  @TestFactory
  Stream<DynamicTest> everyBodyHasAnExampleThatFitsItsSchema() {
    return eachOperation(
        "has examples",
        verb -> {
          Map<String, Object> operation = ContractCheck.operation(verb);
          check(verb.id() + " request", map(map(operation.get("requestBody")).get("content")));
          map(operation.get("responses"))
              .forEach(
                  (status, response) ->
                      check(
                          verb.id() + " " + status,
                          map(ContractCheck.resolved(map(response)).get("content"))));
        });
  }

  private static void check(String where, Map<String, Object> content) {
    content.forEach(
        (mediaType, declared) -> {
          Map<String, Object> media = map(declared);
          List<Object> examples = examples(media);
          if (mediaType.contains("json") || mediaType.contains("urlencoded")) {
            assertThat(examples).describedAs(where).isNotEmpty();
            SchemaCheck schema =
                SchemaCompiler.of(map(media.get("schema")), ContractCheck::resolve);
            for (Object example : examples) {
              assertThat(errors(schema, example)).describedAs(where + " " + example).isEmpty();
            }
          }
        });
  }

  /** Every example of a media type or parameter. */
  static List<Object> examples(Map<String, Object> declared) {
    List<Object> examples = new ArrayList<>();
    if (declared.containsKey("example")) {
      examples.add(declared.get("example"));
    }
    map(declared.get("examples"))
        .values()
        .forEach(each -> examples.add(ContractCheck.resolved(map(each)).get("value")));
    return examples;
  }

  private static List<InputError> errors(SchemaCheck schema, Object example) {
    List<InputError> errors = new ArrayList<>();
    schema.check(asParsed(example), "", errors);
    return errors;
  }

  /** YAML's numbers as our JSON parser reads them. */
  static Object asParsed(Object yaml) {
    return switch (yaml) {
      case Integer number -> number.longValue();
      case Double number -> java.math.BigDecimal.valueOf(number);
      case List<?> list -> list.stream().map(ContractDocumentTest::asParsed).toList();
      case Map<?, ?> map -> {
        Map<String, Object> parsed = new java.util.LinkedHashMap<>();
        map.forEach((name, each) -> parsed.put(String.valueOf(name), asParsed(each)));
        yield parsed;
      }
      case null, default -> yaml;
    };
  }

  @Test
  void theExamplesOfTheEventBusFitTheirSchemas() {
    map(DOCUMENT.get("x-bus-operations"))
        .forEach(
            (id, declared) -> {
              Object example = asParsed(map(declared).get("example"));
              assertThat(
                      Objects.requireNonNull(ContractCheck.contract().busOperations().get(id))
                          .judge(map(example)))
                  .describedAs(id)
                  .isEmpty();
            });
  }

  @TestFactory
  Stream<DynamicTest> everyParameterIsDescribedAndHasAnExampleWhereItIsRequired() {
    return eachOperation(
        "has parameters that are described",
        verb -> {
          Map<String, Object> item = map(map(DOCUMENT.get("paths")).get(verb.path()));
          Stream.of(item, ContractCheck.operation(verb))
              .flatMap(each -> list(each.get("parameters")).stream())
              .map(each -> ContractCheck.resolved(map(each)))
              .forEach(
                  parameter -> {
                    String name = verb.id() + " " + parameter.get("name");
                    assertThat((String) parameter.get("description"))
                        .describedAs(name)
                        .isNotBlank();
                    if (Boolean.TRUE.equals(parameter.get("required"))) {
                      SchemaCheck schema =
                          SchemaCompiler.of(map(parameter.get("schema")), ContractCheck::resolve);
                      assertThat(errors(schema, parameter.get("example")))
                          .describedAs(name)
                          .isEmpty();
                    }
                  });
        });
  }

  @Test
  void everyObjectHasANameSoThatGeneratorsNeedNotInventOne() {
    assertThat(inlineObjects(DOCUMENT.get("paths"), "paths")).isEmpty();
    map(DOCUMENT.get("components"))
        .forEach(
            (kind, components) ->
                map(components)
                    .forEach(
                        (name, component) -> {
                          if (kind.equals("schemas")) {
                            map(component)
                                .values()
                                .forEach(part -> assertThat(inlineObjects(part, name)).isEmpty());
                          } else if (!kind.equals("examples")) {
                            assertThat(inlineObjects(component, name)).isEmpty();
                          }
                        }));
  }

  private static List<String> inlineObjects(Object node, String at) {
    List<String> found = new ArrayList<>();
    if (node instanceof Map<?, ?> map) {
      if (map.get("properties") instanceof Map || map.get("oneOf") instanceof List) {
        found.add(at);
      }
      map.forEach((name, each) -> found.addAll(inlineObjects(each, at + "/" + name)));
    } else if (node instanceof List<?> list) {
      list.forEach(each -> found.addAll(inlineObjects(each, at)));
    }
    return found;
  }

  @Test
  void everyEventIsOneOfTheUnionByItsName() {
    Map<String, Object> event =
        map(map(map(DOCUMENT.get("components")).get("schemas")).get("Event"));
    Set<String> names = map(map(event.get("discriminator")).get("mapping")).keySet();
    assertThat(names).contains("item.created", "receipt.updated", "typing", "presence").hasSize(9);
    assertThat(list(event.get("oneOf")).stream().map(Object::toString).collect(Collectors.toSet()))
        .hasSize(9);
  }

  private static Map<String, Object> map(Object node) {
    return ContractCheck.map(node);
  }

  private static List<?> list(Object node) {
    return node instanceof List<?> list ? list : List.of();
  }
}
