package io.parley.bench;

import io.netty.buffer.ByteBuf;

/**
 * The requests of a round and the checks of their answers. A line is one connection with at most
 * one request under way; calls for one line never overlap.
 */
interface Traffic {
  ByteBuf next(int line);

  /** Whether a round goes on after an answer of this status; any other fails the run. */
  default boolean expects(int status) {
    return status / 100 == 2;
  }

  /** Sees an answer that is not 2xx and was expected. */
  default void refused(int line, int status, long nanos) {}

  /** Sees an answer 2xx. Throws when it is wrong, which ends the round and fails the run. */
  void answered(int line, ByteBuf body);
}
