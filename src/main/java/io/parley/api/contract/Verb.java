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

/** One operation of the contract: its method and path, who may call it, and its input. */
public record Verb(
    String id,
    String method,
    String path,
    Admission admission,
    WorkClass work,
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
   * @param maxBytes its maximum length where that exceeds the limit of other bodies; else 0
   */
  public record Body(
      @Nullable SchemaCheck check,
      boolean required,
      Set<String> mediaTypes,
      Map<String, SchemaCheck> fields,
      long maxBytes) {}

  /** Properties of an operation that the contract declares by extension fields. */
  public enum Trait {
    /** Takes an idempotency key. */
    IDEMPOTENT("x-idempotent"),
    /** Not available on the event bus. */
    HTTP_ONLY("x-http-only"),
    /** Called by providers, which sign their requests and may send unknown fields. */
    SIGNED("x-signed"),
    /** The request or the answer is bytes, which the HTTP edge streams. */
    STREAMED("x-streamed"),
    /** An OAuth 2 endpoint: its errors carry OAuth error codes. */
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

  /** Converts {@code text} from a path, a query or a form to the type of the field. */
  public @Nullable Object fromText(String name, String text) {
    Parameter parameter = parameters.get(name);
    SchemaCheck check = parameter == null ? body.fields().get(name) : parameter.check();
    return check == null ? text : check.fromText(text);
  }

  /** Converts a parameter that was sent as JSON: some clients send 12 and some "12". */
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

  /** The problem in the form that this operation uses: OAuth 2 requires the member `error`. */
  public Problem worded(Problem problem) {
    return traits.contains(Trait.OAUTH)
            && problem.status() == 400
            && !problem.members().containsKey("error")
        ? problem.with("error", "invalid_request")
        : problem;
  }
}
