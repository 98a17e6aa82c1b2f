package io.parley.simulator;

import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.parley.json.Text;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A reader of one JSON object that collects every invalid, missing and unknown field, so that all
 * are reported at once.
 */
final class FieldReader {
  private final Map<String, @Nullable Object> unread;
  private final String prefix;
  private final List<FieldError> errors;

  private FieldReader(
      Map<String, @Nullable Object> unread, String prefix, List<FieldError> errors) {
    this.unread = unread;
    this.prefix = prefix;
    this.errors = errors;
  }

  static FieldReader of(Buffer body) throws MalformedText {
    return of(StrictJson.parse(body), "", new ArrayList<>())
        .orElseThrow(() -> new MalformedText("The body must be a JSON object."));
  }

  private static Optional<FieldReader> of(
      @Nullable Object value, String prefix, List<FieldError> errors) {
    if (!(value instanceof Map<?, ?> map)) {
      return Optional.empty();
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    map.forEach((name, each) -> fields.put(String.valueOf(name), each));
    return Optional.of(new FieldReader(fields, prefix, errors));
  }

  /** Throws if any field was invalid or was never read. */
  void check() {
    refuseUnread();
    if (!errors.isEmpty()) {
      throw new SimulatorProblem.Rejection(SimulatorProblem.invalid(List.copyOf(errors)));
    }
  }

  private void refuseUnread() {
    unread.keySet().forEach(name -> invalid(name, "is not a known field"));
    unread.clear();
  }

  void invalid(String name, String message) {
    errors.add(new FieldError(prefix + name, message));
  }

  boolean has(String name) {
    return unread.get(name) != null;
  }

  /** A required text. */
  String text(String name, int min, int max) {
    if (!has(name)) {
      unread.remove(name);
      invalid(name, "is required");
      return "";
    }
    return optionalText(name, min, max).orElse("");
  }

  Optional<String> optionalText(String name, int min, int max) {
    Object value = unread.remove(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text
        && Text.length(text) >= min
        && Text.length(text) <= max
        && (min == 0 || !text.isBlank())) {
      return Optional.of(text);
    }
    invalid(name, "must be a text of " + min + " to " + max + " characters");
    return Optional.empty();
  }

  String matching(String name, Pattern pattern, String rule) {
    String text = text(name, 1, 1_000);
    if (!text.isEmpty() && !pattern.matcher(text).matches()) {
      invalid(name, rule);
    }
    return text;
  }

  Optional<Boolean> bool(String name) {
    Object value = unread.remove(name);
    if (value != null && !(value instanceof Boolean)) {
      invalid(name, "must be true or false");
    }
    return value instanceof Boolean known ? Optional.of(known) : Optional.empty();
  }

  OptionalLong whole(String name, long min, long max) {
    Object value = unread.remove(name);
    if (value instanceof Long number && number >= min && number <= max) {
      return OptionalLong.of(number);
    }
    if (value != null) {
      invalid(name, "must be a whole number from " + min + " to " + max);
    }
    return OptionalLong.empty();
  }

  /** A number from 0 to 1. */
  double share(String name) {
    Object value = unread.remove(name);
    if (value instanceof Number number && number.doubleValue() >= 0 && number.doubleValue() <= 1) {
      return number.doubleValue();
    }
    invalid(name, "must be a number from 0 to 1");
    return 0;
  }

  /** The texts of a list; empty if it is null or absent. */
  List<String> texts(String name, int max, Pattern pattern, String rule) {
    List<String> texts = new ArrayList<>();
    for (Object each : list(name, max)) {
      if (each instanceof String text && pattern.matcher(text).matches()) {
        texts.add(text);
      } else {
        invalid(name, rule);
      }
    }
    return texts;
  }

  private List<?> list(String name, int max) {
    Object value = unread.remove(name);
    if (value instanceof List<?> list && list.size() <= max) {
      return list;
    }
    if (value != null) {
      invalid(name, "must be a list of at most " + max);
    }
    return List.of();
  }

  /** The objects of a list; {@code reader} must read every field of each. */
  <T> List<T> objects(String name, int max, Function<FieldReader, T> reader) {
    List<T> all = new ArrayList<>();
    for (Object each : list(name, max)) {
      of(each, prefix + name + "[" + all.size() + "].", errors)
          .ifPresentOrElse(
              fields -> {
                all.add(reader.apply(fields));
                fields.refuseUnread();
              },
              () -> invalid(name, "must be a list of objects"));
    }
    return all;
  }

  /** A nested object; empty if it is absent. */
  Optional<FieldReader> object(String name) {
    Object value = unread.remove(name);
    Optional<FieldReader> fields = of(value, prefix + name + ".", errors);
    if (value != null && fields.isEmpty()) {
      invalid(name, "must be an object");
    }
    return fields;
  }

  /** The names of the fields that were not read yet. */
  List<String> names() {
    return List.copyOf(unread.keySet());
  }
}
