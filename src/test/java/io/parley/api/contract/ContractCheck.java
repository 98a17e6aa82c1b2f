package io.parley.api.contract;

import io.parley.api.problem.InputError;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Holds responses against the contract: an undeclared status or a body that does not fit is an
 * error.
 */
public final class ContractCheck {
  private static final Map<String, Object> DOCUMENT =
      ContractFile.of("http://localhost:8080").document();
  private static final Contract CONTRACT = new Contract(DOCUMENT);
  private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

  private ContractCheck() {}

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
    Optional<Contract.Verb> verb =
        CONTRACT.verbs().values().stream()
            .filter(each -> each.method().equals(method))
            .filter(each -> Pattern.matches(each.path().replaceAll("\\{[^}]+}", "[^/]+"), bare))
            .min((a, b) -> Integer.compare(a.parameters().size(), b.parameters().size()));
    if (verb.isEmpty()) {
      return List.of();
    }
    if (status / 100 == 2) {
      SEEN.add(verb.get().id());
    }
    return faults(verb.get(), status, body);
  }

  private static List<String> faults(Contract.Verb verb, int status, String body) {
    Map<String, Object> responses = map(operation(verb).get("responses"));
    Map<String, Object> response =
        map(responses.getOrDefault(Integer.toString(status), responses.get("default")));
    if (!responses.containsKey(Integer.toString(status)) && status < 400) {
      return List.of(verb.id() + " answers an undeclared " + status);
    }
    Map<String, Object> content = map(resolved(response).getOrDefault("content", Map.of()));
    if (content.isEmpty()) {
      return List.of();
    }
    try {
      List<InputError> faults = new ArrayList<>();
      Map<String, Object> schema = map(map(content.values().iterator().next()).get("schema"));
      SchemaCheck.of(schema, ContractCheck::resolve)
          .check(StrictJson.parse(Buffer.buffer(body)), "", faults);
      return faults.stream().map(fault -> verb.id() + " " + status + ": " + fault).toList();
    } catch (MalformedText e) {
      return List.of(verb.id() + " " + status + ": " + e.reason());
    }
  }

  private static Map<String, Object> operation(Contract.Verb verb) {
    return map(
        map(map(DOCUMENT.get("paths")).get(verb.path()))
            .get(verb.method().toLowerCase(java.util.Locale.ROOT)));
  }

  private static Map<String, Object> resolved(Map<String, Object> node) {
    return node.get("$ref") instanceof String ref ? resolve(ref) : node;
  }

  private static Map<String, Object> resolve(String ref) {
    Map<String, Object> node = DOCUMENT;
    for (String step : ref.substring(2).split("/", -1)) {
      node = map(node.get(step));
    }
    return node;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object node) {
    return node == null ? new HashMap<>() : (Map<String, Object>) node;
  }
}
