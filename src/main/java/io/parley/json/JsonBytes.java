package io.parley.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes JSON straight to bytes. */
public final class JsonBytes {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8).build();

  private JsonBytes() {}

  /** Something that can write itself as one JSON value. */
  @FunctionalInterface
  public interface Part {
    void writeTo(JsonGenerator json) throws IOException;
  }

  /** One JSON value as bytes. */
  public static Buffer of(Part part) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(FACTORY._getBufferRecycler(), 512);
        JsonGenerator json = FACTORY.createGenerator(bytes)) {
      part.writeTo(json);
      json.flush();
      return Buffer.buffer(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One JSON object; {@code fields} writes what is between the braces. */
  public static Buffer object(Part fields) {
    return of(
        json -> {
          json.writeStartObject();
          fields.writeTo(json);
          json.writeEndObject();
        });
  }
}
