package io.parley.bench;

import io.netty.buffer.ByteBuf;

/**
 * The requests of a round and the checks of their answers. A line is one connection with at most
 * one request under way; calls for one line never overlap.
 */
interface Traffic {
  ByteBuf next(int line);

  /** Sees an answer 2xx. Throws when it is wrong, which ends the round and fails the run. */
  void answered(int line, ByteBuf body);
}
