package io.parley.api.contract;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The compiled {@code openapi.yaml}: its operations with their paths, callers and input. */
public final class Contract {
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  private final Map<String, Object> document;
  private final Map<String, Verb> verbs = new LinkedHashMap<>();
  private final Map<String, BusOperation> busOperations = new LinkedHashMap<>();

  /** Compiles the parsed document; throws if it uses a keyword that is not enforced. */
  public Contract(Map<String, Object> document) {
    this.document = document;
    map(document, "paths")
        .forEach(
            (path, item) ->
                cast(item)
                    .forEach(
                        (method, operation) -> {
                          if (METHODS.contains(method)) {
                            add(verb(path, method, cast(operation), cast(item)));
                          }
                        }));
    map(document, "x-bus-operations")
        .forEach((id, operation) -> busOperations.put(id, busOperation(id, cast(operation))));
  }

  public Map<String, Verb> verbs() {
    return verbs;
  }

  /** The operations that exist on the event bus only, by their address. */
  public Map<String, BusOperation> busOperations() {
    return busOperations;
  }

  public Map<String, Object> document() {
    return document;
  }

  private void add(Verb verb) {
    if (verbs.putIfAbsent(verb.id(), verb) != null) {
      throw new IllegalArgumentException("two operations are called " + verb.id());
    }
  }

  private Verb verb(
      String path, String method, Map<String, Object> operation, Map<String, Object> item) {
    String id = text(operation, "operationId");
    Map<String, Verb.Parameter> parameters = new LinkedHashMap<>();
    list(item, "parameters").forEach(each -> parameter(parameters, each));
    list(operation, "parameters").forEach(each -> parameter(parameters, each));
    Verb.Body body = body(operation);
    refuseNamesUsedTwice(id, parameters.keySet(), body.fields().keySet());
    return new Verb(
        id,
        method.toUpperCase(Locale.ROOT),
        path,
        Admission.of(operation),
        WorkClass.of(method, operation),
        parameters,
        body,
        Verb.Trait.of(operation),
        SocketOrder.of(operation));
  }

  private Verb.Body body(Map<String, Object> operation) {
    Map<String, Object> requestBody = resolved(map(operation, "requestBody"));
    Map<String, Object> content = map(requestBody, "content");
    Map<String, Object> schema =
        content.isEmpty() ? Map.of() : map(cast(content.values().iterator().next()), "schema");
    boolean bytes = Verb.Trait.of(operation).contains(Verb.Trait.STREAMED);
    return new Verb.Body(
        content.isEmpty() || bytes ? null : SchemaCompiler.of(schema, this::resolve),
        Boolean.TRUE.equals(requestBody.get("required")),
        new LinkedHashSet<>(content.keySet()),
        bodyFields(schema),
        operation.get("x-max-body") instanceof Number max ? max.longValue() : 0);
  }

  private BusOperation busOperation(String id, Map<String, Object> operation) {
    if (verbs.containsKey(id)) {
      throw new IllegalArgumentException("two operations are called " + id);
    }
    return new BusOperation(
        id,
        Admission.of(operation),
        WorkClass.of("get", operation),
        SchemaCompiler.of(map(operation, "input"), this::resolve));
  }

  private void parameter(Map<String, Verb.Parameter> parameters, Object declared) {
    Map<String, Object> parameter = resolved(cast(declared));
    Map<String, Object> schema = map(parameter, "schema");
    String name = text(parameter, "name");
    if ("header".equals(parameter.get("in"))) {
      return; // read by the edge: headers mean the same for every operation
    }
    parameters.put(
        name,
        new Verb.Parameter(
            name,
            text(parameter, "in"),
            SchemaCompiler.of(schema, this::resolve),
            Boolean.TRUE.equals(parameter.get("required")),
            schema.get("default") instanceof Integer number
                ? (Object) number.longValue()
                : schema.get("default")));
  }

  /** Every field the body may have, over all its alternatives. */
  private Map<String, SchemaCheck> bodyFields(Map<String, Object> schema) {
    Map<String, Object> whole = resolved(schema);
    Map<String, SchemaCheck> fields = new LinkedHashMap<>();
    map(whole, "properties")
        .forEach((name, field) -> fields.put(name, SchemaCompiler.of(cast(field), this::resolve)));
    list(whole, "oneOf").forEach(each -> bodyFields(cast(each)).forEach(fields::putIfAbsent));
    return fields;
  }

  private static void refuseNamesUsedTwice(
      String id, Set<String> parameters, Set<String> bodyFields) {
    Set<String> twice = new HashSet<>(parameters);
    twice.retainAll(bodyFields);
    if (!twice.isEmpty()) {
      throw new IllegalArgumentException(id + " uses a name in two places: " + twice);
    }
  }

  private Map<String, Object> resolved(Map<String, Object> node) {
    return node.get("$ref") instanceof String ref ? resolved(resolve(ref)) : node;
  }

  private Map<String, Object> resolve(String ref) {
    if (!ref.startsWith("#/")) {
      throw new IllegalArgumentException("the contract refers to another file: " + ref);
    }
    Map<String, Object> node = document;
    for (String step : ref.substring(2).split("/", -1)) {
      node = map(node, step);
    }
    if (node.isEmpty()) {
      throw new IllegalArgumentException("the contract refers to nothing: " + ref);
    }
    return node;
  }

  private static String text(Map<String, Object> node, String name) {
    if (node.get(name) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("the contract lacks " + name + " in " + node);
  }

  private static Map<String, Object> map(Map<String, Object> node, String name) {
    return node.get(name) instanceof Map<?, ?> map ? cast(map) : Map.of();
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Map<String, Object> node, String name) {
    return node.get(name) instanceof List<?> list ? (List<Object>) list : List.of();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> cast(Object node) {
    return (Map<String, Object>) node;
  }
}
