package io.parley.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON document and forgives nothing: duplicate names, trailing text, bad UTF-8, U+0000,
 * half characters.
 */
public final class StrictJson {
  private static final int MAX_DEPTH = 32;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(64)
                  .maxNameLength(1_000)
                  .build())
          .build();

  private StrictJson() {}

  /** The document in {@code text}; {@link MalformedText} says what is wrong with it. */
  public static @Nullable Object parse(Buffer text) throws MalformedText {
    byte[] bytes = text.getBytes();
    Utf8.check(bytes);
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      if (parser.nextToken() == null) {
        throw new MalformedText("the body is empty");
      }
      Object value = value(parser);
      if (parser.nextToken() != null) {
        throw new MalformedText("there is more text after the JSON value");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new MalformedText(reason(e));
    } catch (IOException e) {
      throw new MalformedText("the body is not JSON");
    }
  }

  private static @Nullable Object value(JsonParser parser) throws IOException, MalformedText {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> Text.whole(parser.getText());
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == NumberType.BIG_INTEGER
              ? number(parser.getDecimalValue())
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> number(parser.getDecimalValue());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private static Map<String, @Nullable Object> object(JsonParser parser)
      throws IOException, MalformedText {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = Text.whole(parser.currentName());
      parser.nextToken();
      object.put(name, value(parser));
    }
    return object;
  }

  private static List<@Nullable Object> array(JsonParser parser) throws IOException, MalformedText {
    List<@Nullable Object> array = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser));
    }
    return array;
  }

  // 5, 5.0 and 5e0 are one number to a schema; what no long holds stays a decimal
  private static Object number(BigDecimal decimal) {
    if (decimal.precision() - decimal.scale() > 19 || decimal.scale() > 64) {
      return decimal;
    }
    try {
      return decimal.longValueExact();
    } catch (ArithmeticException notAnInteger) {
      return decimal;
    }
  }

  private static String reason(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    String where =
        e.getLocation() == null ? "" : " (at byte " + e.getLocation().getByteOffset() + ")";
    if (message.startsWith("Duplicate field")) {
      return message + where;
    }
    if (message.contains("nesting depth")) {
      return "nested more than " + MAX_DEPTH + " levels deep";
    }
    return "the body is not JSON" + where;
  }
}
