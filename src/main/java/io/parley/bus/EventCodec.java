package io.parley.bus;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The form of events between nodes: CBOR. The reader names the class, never the sender. Unknown
 * fields are ignored, because a node of a later version may send them. Safe from any thread.
 */
final class EventCodec {
  private static final ObjectMapper CBOR =
      CBORMapper.builder()
          .findAndAddModules()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private EventCodec() {}

  static byte[] encode(Object event) {
    try {
      return CBOR.writeValueAsBytes(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static <E> E decode(Class<E> type, byte[] encoded) {
    try {
      return CBOR.readValue(encoded, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
