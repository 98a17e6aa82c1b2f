package io.parley.api.contract;

import io.parley.api.auth.Caller;
import io.parley.api.problem.InputError;
import io.parley.api.problem.Problem;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One operation of the contract: its place, who may call it, and its input. */
public record Verb(
    String id,
    String method,
    String path,
    Admission admission,
    Map<String, Parameter> parameters,
    Body body,
    Set<Trait> traits,
    SocketOrder order) {

  /** A parameter in the path or the query. */
  public record Parameter(
      String name, String in, SchemaCheck check, boolean required, @Nullable Object byDefault) {}

  /**
   * The body of a request.
   *
   * @param check absent where the body is bytes, and where there is none
   * @param fields every field the body may have, over all its alternatives
   * @param maxBytes how long it may be where that is more than other bodies may; else 0
   */
  public record Body(
      @Nullable SchemaCheck check,
      boolean required,
      Set<String> mediaTypes,
      Map<String, SchemaCheck> fields,
      long maxBytes) {}

  /** What an operation has beyond its input; each is a field of the contract. */
  public enum Trait {
    /** A key makes a request repeatable. */
    IDEMPOTENT("x-idempotent"),
    /** Not offered on the event bus. */
    HTTP_ONLY("x-http-only"),
    /** Providers call it: they sign instead of signing in, and may send fields we do not know. */
    SIGNED("x-signed"),
    /** The request or the answer is bytes, which the HTTP edge carries. */
    STREAMED("x-streamed"),
    /** An endpoint of OAuth 2, whose errors have names of their own. */
    OAUTH("x-oauth");

    private final String field;

    Trait(String field) {
      this.field = field;
    }

    static Set<Trait> of(Map<String, Object> operation) {
      Set<Trait> traits = EnumSet.noneOf(Trait.class);
      for (Trait trait : values()) {
        if (Boolean.TRUE.equals(operation.get(trait.field))) {
          traits.add(trait);
        }
      }
      return traits;
    }
  }

  public boolean idempotent() {
    return traits.contains(Trait.IDEMPOTENT);
  }

  public boolean httpOnly() {
    return traits.contains(Trait.HTTP_ONLY);
  }

  public boolean signed() {
    return traits.contains(Trait.SIGNED);
  }

  public boolean streamed() {
    return traits.contains(Trait.STREAMED);
  }

  public Set<String> mediaTypes() {
    return body.mediaTypes();
  }

  public boolean takes(String mediaType) {
    return body.mediaTypes().contains(mediaType);
  }

  /** Why {@code caller} may not call this; empty if they may. */
  public Optional<Problem> refuses(Caller caller) {
    return admission.refuses(caller);
  }

  /**
   * Every error in {@code fields}, which are path, query and body together; fills in the defaults
   * of absent parameters.
   */
  public List<InputError> check(Map<String, @Nullable Object> fields) {
    List<InputError> errors = new ArrayList<>();
    Map<String, @Nullable Object> rest = new LinkedHashMap<>(fields);
    for (Parameter parameter : parameters.values()) {
      if (fields.containsKey(parameter.name())) {
        parameter.check().check(fields.get(parameter.name()), parameter.name(), errors);
        rest.remove(parameter.name());
      } else {
        fillIn(parameter, fields, errors);
      }
    }
    if (body.check() == null) {
      rest.keySet().forEach(name -> errors.add(new InputError(name, Wording.UNKNOWN_FIELD)));
    } else if (body.required() || !rest.isEmpty()) {
      body.check().check(rest, "", errors);
    }
    return errors.subList(0, Math.min(errors.size(), SchemaCheck.MAX_ERRORS));
  }

  private static void fillIn(
      Parameter parameter, Map<String, @Nullable Object> fields, List<InputError> errors) {
    if (parameter.required()) {
      errors.add(new InputError(parameter.name(), "is required"));
    } else if (parameter.byDefault() != null) {
      fields.put(parameter.name(), parameter.byDefault());
    }
  }

  /** The value that {@code text} stands for in a path, a query or a form. */
  public @Nullable Object fromText(String name, String text) {
    Parameter parameter = parameters.get(name);
    SchemaCheck check = parameter == null ? body.fields().get(name) : parameter.check();
    return check == null ? text : check.fromText(text);
  }

  /** The value of a parameter that was sent as JSON, where some clients send 12 and some "12". */
  public @Nullable Object fromJson(String name, @Nullable Object value) {
    Parameter parameter = parameters.get(name);
    if (parameter == null || parameter.check().accepts(value)) {
      return value;
    }
    return switch (value) {
      case String text -> parameter.check().fromText(text);
      case Long number -> Long.toString(number);
      case null, default -> value;
    };
  }

  /** The problem as clients of this operation expect it: OAuth 2 requires the member `error`. */
  public Problem worded(Problem problem) {
    return traits.contains(Trait.OAUTH)
            && problem.status() == 400
            && !problem.more().containsKey("error")
        ? problem.with("error", "invalid_request")
        : problem;
  }
}
