package io.parley.api.contract;

import io.parley.api.problem.InputError;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Holds responses against the contract: a status or problem type that is not documented, or a body
 * that does not fit its schema, is an error.
 */
public final class ContractCheck {
  private static final Map<String, Object> DOCUMENT =
      ContractFile.of("http://localhost:8080").document();
  private static final Contract CONTRACT = new Contract(DOCUMENT);
  private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

  private ContractCheck() {}

  /** A request that the contract shows: its path with parameters filled in, and its body. */
  public record ExampleRequest(String name, Verb verb, String path, Object body) {}

  /** The requests that the contract shows, one for each example of a body. */
  public static List<ExampleRequest> exampleRequests() {
    List<ExampleRequest> requests = new ArrayList<>();
    for (Verb verb : CONTRACT.verbs().values()) {
      Map<String, Object> content = map(map(operation(verb).get("requestBody")).get("content"));
      List<Object> bodies =
          content.isEmpty()
              ? new ArrayList<>(Collections.singletonList(null))
              : ContractDocumentTest.examples(map(content.values().iterator().next()));
      for (int i = 0; i < bodies.size(); i++) {
        requests.add(
            new ExampleRequest(
                verb.id() + (bodies.size() > 1 ? " " + (i + 1) : ""),
                verb,
                examplePath(verb),
                bodies.get(i)));
      }
    }
    return requests;
  }

  /** The path with the examples of its parameters, those of the operation before the path's. */
  private static String examplePath(Verb verb) {
    Map<String, Map<String, Object>> parameters = new LinkedHashMap<>();
    for (Object holder : List.of(map(DOCUMENT.get("paths")).get(verb.path()), operation(verb))) {
      if (map(holder).get("parameters") instanceof List<?> declared) {
        declared.stream()
            .map(each -> resolved(map(each)))
            .forEach(parameter -> parameters.put((String) parameter.get("name"), parameter));
      }
    }
    String path = verb.path();
    StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
    for (Map<String, Object> parameter : parameters.values()) {
      if (parameter.containsKey("example")) {
        String text = String.valueOf(parameter.get("example"));
        text = URLEncoder.encode(text, StandardCharsets.UTF_8);
        if ("path".equals(parameter.get("in"))) {
          path = path.replace("{" + parameter.get("name") + "}", text);
        } else {
          query.add(parameter.get("name") + "=" + text);
        }
      }
    }
    return path + query;
  }

  static Map<String, Object> document() {
    return DOCUMENT;
  }

  public static Contract contract() {
    return CONTRACT;
  }

  /** The operations that some test has had a 2xx answer from. */
  public static Set<String> seen() {
    return SEEN;
  }

  /** What is wrong with this answer; nothing if the contract knows no such path. */
  public static List<String> faults(String method, String path, int status, String body) {
    String bare = path.replaceAll("\\?.*", "").replaceAll("(.)/+$", "$1");
    Optional<Verb> verb =
        CONTRACT.verbs().values().stream()
            .filter(each -> each.method().equals(method))
            .filter(each -> Pattern.matches(each.path().replaceAll("\\{[^}]+}", "[^/]+"), bare))
            // of two that match, as the router does: a name before a parameter
            .min(Comparator.comparing(each -> each.path().chars().filter(c -> c == '{').count()));
    if (verb.isEmpty()) {
      return List.of();
    }
    if (status / 100 == 2) {
      SEEN.add(verb.get().id());
    }
    return faults(verb.get(), status, body);
  }

  private static List<String> faults(Verb verb, int status, String body) {
    Map<String, Object> responses = map(operation(verb).get("responses"));
    if (!responses.containsKey(Integer.toString(status)) && status < 500) {
      return List.of(verb.id() + " answers an undocumented " + status + ": " + body);
    }
    Map<String, Object> response =
        map(responses.getOrDefault(Integer.toString(status), responses.get("default")));
    Map<String, Object> content = map(resolved(response).getOrDefault("content", Map.of()));
    if (content.isEmpty()) {
      return List.of();
    }
    return status < 400
        ? schemaFaults(verb, status, content, body)
        : problemFaults(verb, status, content, body);
  }

  private static List<String> problemFaults(
      Verb verb, int status, Map<String, Object> content, String body) {
    List<String> faults = new ArrayList<>(schemaFaults(verb, status, content, body));
    Set<Object> documented = problemTypes(content);
    if (faults.isEmpty() && !documented.contains(new JsonObject(body).getValue("type"))) {
      faults.add(verb.id() + " " + status + ": not one of the types " + documented + ": " + body);
    }
    return faults;
  }

  /** The problem types that a response documents, by an example each. */
  static Set<Object> problemTypes(Map<String, Object> content) {
    Set<Object> types = new HashSet<>();
    map(map(content.get("application/problem+json")).get("examples"))
        .values()
        .forEach(example -> types.add(map(resolved(map(example)).get("value")).get("type")));
    return types;
  }

  /** The example of a problem of this type. */
  public static Map<String, Object> problemExample(String type) {
    return map(resolve("#/components/examples/" + type).get("value"));
  }

  private static List<String> schemaFaults(
      Verb verb, int status, Map<String, Object> content, String body) {
    try {
      List<InputError> faults = new ArrayList<>();
      Map<String, Object> schema = map(map(content.values().iterator().next()).get("schema"));
      SchemaCompiler.of(schema, ContractCheck::resolve)
          .check(StrictJson.parse(Buffer.buffer(body)), "", faults);
      return faults.stream().map(fault -> verb.id() + " " + status + ": " + fault).toList();
    } catch (MalformedText e) {
      return List.of(verb.id() + " " + status + ": " + e.reason());
    }
  }

  static Map<String, Object> operation(Verb verb) {
    return map(
        map(map(DOCUMENT.get("paths")).get(verb.path()))
            .get(verb.method().toLowerCase(java.util.Locale.ROOT)));
  }

  static Map<String, Object> resolved(Map<String, Object> node) {
    return node.get("$ref") instanceof String ref ? resolve(ref) : node;
  }

  static Map<String, Object> resolve(String ref) {
    Map<String, Object> node = DOCUMENT;
    for (String step : ref.substring(2).split("/", -1)) {
      node = map(node.get(step));
    }
    return node;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object node) {
    return node == null ? new HashMap<>() : (Map<String, Object>) node;
  }
}
