package io.parley.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A strict JSON reader: refuses duplicate names, trailing text, invalid UTF-8, U+0000 and lone
 * surrogates. Providers cannot correct what they send, so their text may be mended instead.
 */
public final class StrictJson {
  private static final int MAX_DEPTH = 32;
  private static final String BYTE_ORDER_MARK = "\ufeff";
  private static final StrictJson STRICT =
      new StrictJson(factory().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION), Text::whole);
  private static final StrictJson MENDING =
      new StrictJson(factory().enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS), Text::mended);

  /** Checks or mends a text before it becomes a value. */
  @FunctionalInterface
  private interface Reading {
    String of(String text) throws MalformedText;
  }

  private final JsonFactory factory;
  private final Reading reading;

  private StrictJson(JsonFactoryBuilder factory, Reading reading) {
    this.factory = factory.build();
    this.reading = reading;
  }

  private static JsonFactoryBuilder factory() {
    // clients make up names: a symbol table would be copied whenever a new one appears
    return new JsonFactoryBuilder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxNumberLength(64)
                .maxNameLength(1_000)
                .build());
  }

  /** The document in {@code text}; {@link MalformedText} says what is wrong with it. */
  public static @Nullable Object parse(Buffer text) throws MalformedText {
    byte[] bytes = text.getBytes();
    Utf8.check(bytes);
    return STRICT.document(new String(bytes, StandardCharsets.UTF_8));
  }

  /**
   * The same, leniently: an invalid character becomes U+FFFD, unescaped control characters are
   * accepted, and the last of two fields with one name counts.
   */
  public static @Nullable Object parseMended(Buffer text) throws MalformedText {
    return MENDING.document(text.toString(StandardCharsets.UTF_8));
  }

  private @Nullable Object document(String text) throws MalformedText {
    String document = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    try (JsonParser parser = factory.createParser(document)) {
      if (parser.nextToken() == null) {
        throw new MalformedText("the body is empty");
      }
      Object value = value(parser);
      if (parser.nextToken() != null) {
        throw new MalformedText("the body has text after its JSON value");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new MalformedText(reason(e, document));
    } catch (NumberFormatException e) {
      throw new MalformedText("the exponent of a number has too many digits");
    } catch (IOException e) {
      throw new MalformedText("the body is not JSON");
    }
  }

  private @Nullable Object value(JsonParser parser) throws IOException, MalformedText {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> reading.of(parser.getText());
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

  private Map<String, @Nullable Object> object(JsonParser parser)
      throws IOException, MalformedText {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = reading.of(parser.currentName());
      parser.nextToken();
      object.put(name, value(parser));
    }
    return object;
  }

  private List<@Nullable Object> array(JsonParser parser) throws IOException, MalformedText {
    List<@Nullable Object> array = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser));
    }
    return array;
  }

  // 5, 5.0 and 5e0 are the same integer to a schema; what exceeds a long stays a decimal
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

  private static String reason(JsonProcessingException e, String document) {
    String message = e.getOriginalMessage();
    String where =
        e.getLocation() == null || e.getLocation().getCharOffset() < 0
            ? ""
            : " (at byte " + bytes(document, (int) e.getLocation().getCharOffset()) + ")";
    if (message.startsWith("Duplicate field")) {
      return message + where;
    }
    if (message.contains("nesting depth")) {
      return "nested more than " + MAX_DEPTH + " levels deep";
    }
    return "the body is not JSON" + where;
  }

  private static int bytes(String document, int characters) {
    return document
        .substring(0, Math.min(characters, document.length()))
        .getBytes(StandardCharsets.UTF_8)
        .length;
  }
}
