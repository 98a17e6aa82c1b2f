package io.parley.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/** The codec of the bus, which passes records by reference: its messages never leave the node. */
final class RecordCodec implements MessageCodec<Object, Object> {
  static final RecordCodec INSTANCE = new RecordCodec();
  static final String NAME = "record";

  private RecordCodec() {}

  @Override
  public void encodeToWire(Buffer buffer, Object event) {
    throw new UnsupportedOperationException("only a relay sends events to other nodes");
  }

  @Override
  public Object decodeFromWire(int position, Buffer buffer) {
    throw new UnsupportedOperationException("only a relay receives events of other nodes");
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
