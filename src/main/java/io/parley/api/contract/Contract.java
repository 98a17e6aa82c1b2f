package io.parley.api.contract;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.InputError;
import io.parley.api.problem.Problem;
import io.parley.identity.Scope;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code openapi.yaml}, compiled: what can be asked, how, by whom, and when it is valid. */
public final class Contract {
  static final int MAX_FAULTS = 20;
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  /** One parameter outside the body. */
  public record Parameter(
      String name, String in, SchemaCheck shape, boolean required, @Nullable Object byDefault) {}

  /**
   * One operation: its place, its audience, its input; whether it is for HTTP alone, is one of
   * OAuth's, and whether providers call it, who sign and cannot be told to write better.
   *
   * @param longest how many bytes its body may have where that is more than others may; else 0
   */
  public record Verb(
      String id,
      String method,
      String path,
      Access access,
      Set<Scope> scopes,
      boolean idempotent,
      boolean httpOnly,
      boolean signed,
      boolean streamed,
      boolean oauth,
      Map<String, Parameter> parameters,
      @Nullable SchemaCheck body,
      boolean bodyRequired,
      Set<String> mediaTypes,
      Map<String, SchemaCheck> bodyFields,
      long longest,
      SocketOrder order) {

    /** Why {@code caller} may not even ask for this; empty when they may. */
    public Optional<Problem> stops(Caller caller) {
      return caller.stopped(access, scopes);
    }

    /**
     * Everything wrong with {@code fields}, path, query and body together; fills in defaults where
     * nothing is.
     */
    public List<InputError> check(Map<String, @Nullable Object> fields) {
      List<InputError> faults = new ArrayList<>();
      Map<String, @Nullable Object> rest = new LinkedHashMap<>(fields);
      for (Parameter parameter : parameters.values()) {
        if (!fields.containsKey(parameter.name())) {
          absent(parameter, fields, faults);
        } else {
          parameter.shape().check(fields.get(parameter.name()), parameter.name(), faults);
          rest.remove(parameter.name());
        }
      }
      if (body == null) {
        rest.keySet().forEach(name -> faults.add(new InputError(name, SchemaCompiler.UNKNOWN)));
      } else if (bodyRequired || !rest.isEmpty()) {
        body.check(rest, "", faults);
      }
      return faults.size() > MAX_FAULTS ? faults.subList(0, MAX_FAULTS) : faults;
    }

    private static void absent(
        Parameter parameter, Map<String, @Nullable Object> fields, List<InputError> faults) {
      if (parameter.required()) {
        faults.add(new InputError(parameter.name(), "is required"));
      } else if (parameter.byDefault() != null) {
        fields.put(parameter.name(), parameter.byDefault());
      }
    }

    /**
     * What {@code text} means where only text can travel (path, query, form); text itself when it
     * means nothing else.
     */
    public @Nullable Object fromText(String name, String text) {
      SchemaCheck shape =
          parameters.containsKey(name) ? parameters.get(name).shape() : bodyFields.get(name);
      return shape == null ? text : shape.fromText(text);
    }

    /** What a parameter means that came as JSON: some say 12, some "12". */
    public @Nullable Object fromJson(String name, @Nullable Object value) {
      Parameter parameter = parameters.get(name);
      if (parameter == null || parameter.shape().accepts(value)) {
        return value;
      }
      return switch (value) {
        case String text -> parameter.shape().fromText(text);
        case Long number -> Long.toString(number);
        case null, default -> value;
      };
    }

    /** The same problem; where OAuth's clients ask, with the word they look for. */
    public Problem inItsWords(Problem problem) {
      return oauth && problem.status() == 400 && !problem.more().containsKey("error")
          ? problem.with("error", "invalid_request")
          : problem;
    }

    public boolean takes(String mediaType) {
      return mediaTypes.contains(mediaType);
    }
  }

  private final Map<String, Object> document;
  private final Map<String, Verb> verbs = new LinkedHashMap<>();
  private final Map<String, BusOperation> busOperations = new LinkedHashMap<>();

  /** Compiles the parsed document; throws when it promises what nobody would enforce. */
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
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    list(item, "parameters").forEach(each -> parameter(parameters, each));
    list(operation, "parameters").forEach(each -> parameter(parameters, each));
    Map<String, Object> requestBody = resolved(map(operation, "requestBody"));
    Map<String, Object> content = map(requestBody, "content");
    Map<String, Object> schema =
        content.isEmpty() ? Map.of() : map(cast(content.values().iterator().next()), "schema");
    Map<String, SchemaCheck> bodyFields = bodyFields(schema);
    refuseNamesUsedTwice(id, parameters.keySet(), bodyFields.keySet());
    Access access = access(operation);
    boolean streamed = Boolean.TRUE.equals(operation.get("x-streamed"));
    return new Verb(
        id,
        method.toUpperCase(Locale.ROOT),
        path,
        access,
        scopes(operation, access),
        Boolean.TRUE.equals(operation.get("x-idempotent")),
        Boolean.TRUE.equals(operation.get("x-http-only")),
        Boolean.TRUE.equals(operation.get("x-signed")),
        streamed,
        Boolean.TRUE.equals(operation.get("x-oauth")),
        parameters,
        content.isEmpty() || streamed ? null : SchemaCheck.of(schema, this::resolve),
        Boolean.TRUE.equals(requestBody.get("required")),
        new LinkedHashSet<>(content.keySet()),
        bodyFields,
        operation.get("x-max-body") instanceof Number bytes ? bytes.longValue() : 0,
        SocketOrder.of(operation));
  }

  private BusOperation busOperation(String id, Map<String, Object> operation) {
    if (verbs.containsKey(id)) {
      throw new IllegalArgumentException("two operations are called " + id);
    }
    Access access = access(operation);
    return new BusOperation(
        id,
        access,
        scopes(operation, access),
        SchemaCheck.of(map(operation, "input"), this::resolve));
  }

  private static Access access(Map<String, Object> operation) {
    return Access.valueOf(
        String.valueOf(operation.getOrDefault("x-access", "user")).toUpperCase(Locale.ROOT));
  }

  private static Set<Scope> scopes(Map<String, Object> operation, Access access) {
    if (!operation.containsKey("x-scopes")) {
      return access.scopes();
    }
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    list(operation, "x-scopes").forEach(each -> scopes.add(Scope.of(String.valueOf(each))));
    return scopes;
  }

  private void parameter(Map<String, Parameter> parameters, Object declared) {
    Map<String, Object> parameter = resolved(cast(declared));
    Map<String, Object> schema = map(parameter, "schema");
    String name = text(parameter, "name");
    if ("header".equals(parameter.get("in"))) {
      return; // read by the edge: headers mean the same for every operation
    }
    parameters.put(
        name,
        new Parameter(
            name,
            text(parameter, "in"),
            SchemaCheck.of(schema, this::resolve),
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
        .forEach((name, field) -> fields.put(name, SchemaCheck.of(cast(field), this::resolve)));
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
      throw new IllegalArgumentException("the contract refers outside itself: " + ref);
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
