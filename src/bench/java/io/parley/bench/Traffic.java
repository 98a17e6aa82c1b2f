package io.parley.bench;

import io.netty.buffer.ByteBuf;

/**
 * What a round asks, and what it thinks of the answers. A line is one connection with one request
 * under way at most; calls for one line never overlap.
 */
interface Traffic {
  ByteBuf next(int line);

  /** Sees an answer 2xx. Throws when it is wrong, which ends the round and fails the run. */
  void answered(int line, ByteBuf body);
}
