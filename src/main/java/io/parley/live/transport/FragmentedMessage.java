package io.parley.live.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** A WebSocket message that arrives in several frames, of which the last is still missing. */
final class FragmentedMessage {
  private final int maxBytes;
  private final ByteBuf joined = Unpooled.buffer();

  FragmentedMessage(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Adds a fragment; false if the message would be too large with it. */
  boolean add(ByteBuf fragment) {
    if (joined.readableBytes() + fragment.readableBytes() > maxBytes) {
      return false;
    }
    joined.writeBytes(fragment);
    return true;
  }

  ByteBuf content() {
    return joined;
  }
}
