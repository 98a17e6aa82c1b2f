package io.parley.bus;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The codec of the bus: by reference inside a node, class name and CBOR between nodes. */
final class RecordCodec implements MessageCodec<Object, Object> {
  static final RecordCodec INSTANCE = new RecordCodec();
  static final String NAME = "record";
  private static final ObjectMapper CBOR = CBORMapper.builder().findAndAddModules().build();
  private static final String OURS = "io.parley.";

  private RecordCodec() {}

  @Override
  public void encodeToWire(Buffer buffer, Object event) {
    try {
      byte[] type = event.getClass().getName().getBytes(StandardCharsets.US_ASCII);
      byte[] body = CBOR.writeValueAsBytes(event);
      buffer.appendInt(type.length).appendBytes(type).appendInt(body.length).appendBytes(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Object decodeFromWire(int position, Buffer buffer) {
    int typeEnd = position + 4 + buffer.getInt(position);
    String type = buffer.getString(position + 4, typeEnd, "US-ASCII");
    int bodyEnd = typeEnd + 4 + buffer.getInt(typeEnd);
    try {
      return CBOR.readValue(buffer.getBytes(typeEnd + 4, bodyEnd), record(type));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // a peer may name a type, but only one of our records
  private static Class<?> record(String type) {
    try {
      Class<?> named =
          type.startsWith(OURS)
              ? Class.forName(type, false, RecordCodec.class.getClassLoader())
              : null;
      if (named == null || !named.isRecord()) {
        throw new IllegalArgumentException("not a Parley record: " + type);
      }
      return named;
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException("a peer sent an unknown record: " + type, e);
    }
  }

  @Override
  public Object transform(Object event) {
    return event;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
