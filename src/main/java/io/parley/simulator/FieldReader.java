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
 * Takes one JSON object apart. Notes everything that is wrong, missing or not known, and tells it
 * all at once.
 */
final class FieldReader {
  private final Map<String, @Nullable Object> left;
  private final String at;
  private final List<FieldError> wrong;

  private FieldReader(Map<String, @Nullable Object> left, String at, List<FieldError> wrong) {
    this.left = left;
    this.at = at;
    this.wrong = wrong;
  }

  static FieldReader of(Buffer body) throws MalformedText {
    return of(StrictJson.parse(body), "", new ArrayList<>())
        .orElseThrow(() -> new MalformedText("the body must be a JSON object"));
  }

  private static Optional<FieldReader> of(
      @Nullable Object value, String at, List<FieldError> wrong) {
    if (!(value instanceof Map<?, ?> map)) {
      return Optional.empty();
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    map.forEach((name, each) -> fields.put(String.valueOf(name), each));
    return Optional.of(new FieldReader(fields, at, wrong));
  }

  /** Refuses all that was noted, and all that nobody asked for. */
  void check() {
    unknown();
    if (!wrong.isEmpty()) {
      throw new SimulatorProblem.Refused(SimulatorProblem.invalid(List.copyOf(wrong)));
    }
  }

  private void unknown() {
    left.keySet().forEach(name -> wrong(name, "is not known here"));
    left.clear();
  }

  void wrong(String name, String message) {
    wrong.add(new FieldError(at + name, message));
  }

  boolean has(String name) {
    return left.get(name) != null;
  }

  /** A text that must be there. */
  String text(String name, int least, int most) {
    if (!has(name)) {
      left.remove(name);
      wrong(name, "must be there");
      return "";
    }
    return optionalText(name, least, most).orElse("");
  }

  Optional<String> optionalText(String name, int least, int most) {
    Object value = left.remove(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text
        && Text.length(text) >= least
        && Text.length(text) <= most
        && (least == 0 || !text.isBlank())) {
      return Optional.of(text);
    }
    wrong(name, "must be a text of " + least + " to " + most + " characters");
    return Optional.empty();
  }

  String matching(String name, Pattern pattern, String inWords) {
    String text = text(name, 1, 1_000);
    if (!text.isEmpty() && !pattern.matcher(text).matches()) {
      wrong(name, inWords);
    }
    return text;
  }

  Optional<Boolean> truth(String name) {
    Object value = left.remove(name);
    if (value != null && !(value instanceof Boolean)) {
      wrong(name, "must be true or false");
    }
    return value instanceof Boolean truth ? Optional.of(truth) : Optional.empty();
  }

  OptionalLong whole(String name, long least, long most) {
    Object value = left.remove(name);
    if (value instanceof Long number && number >= least && number <= most) {
      return OptionalLong.of(number);
    }
    if (value != null) {
      wrong(name, "must be a whole number from " + least + " to " + most);
    }
    return OptionalLong.empty();
  }

  /** A share from 0 to 1. */
  double share(String name) {
    Object value = left.remove(name);
    if (value instanceof Number number && number.doubleValue() >= 0 && number.doubleValue() <= 1) {
      return number.doubleValue();
    }
    wrong(name, "must be a number from 0 to 1");
    return 0;
  }

  /** The texts of a list; none if it is null or not there. */
  List<String> texts(String name, int most, Pattern pattern, String inWords) {
    List<String> texts = new ArrayList<>();
    for (Object each : list(name, most)) {
      if (each instanceof String text && pattern.matcher(text).matches()) {
        texts.add(text);
      } else {
        wrong(name, inWords);
      }
    }
    return texts;
  }

  private List<?> list(String name, int most) {
    Object value = left.remove(name);
    if (value instanceof List<?> list && list.size() <= most) {
      return list;
    }
    if (value != null) {
      wrong(name, "must be a list of at most " + most);
    }
    return List.of();
  }

  /** Each object of a list, read by {@code reader} to its last field. */
  <T> List<T> objects(String name, int most, Function<FieldReader, T> reader) {
    List<T> all = new ArrayList<>();
    for (Object each : list(name, most)) {
      of(each, at + name + "[" + all.size() + "].", wrong)
          .ifPresentOrElse(
              fields -> {
                all.add(reader.apply(fields));
                fields.unknown();
              },
              () -> wrong(name, "must be a list of objects"));
    }
    return all;
  }

  /** An object within; empty if it is not there. */
  Optional<FieldReader> object(String name) {
    Object value = left.remove(name);
    Optional<FieldReader> fields = of(value, at + name + ".", wrong);
    if (value != null && fields.isEmpty()) {
      wrong(name, "must be an object");
    }
    return fields;
  }

  /** The names nobody asked for yet. */
  List<String> names() {
    return List.copyOf(left.keySet());
  }
}
