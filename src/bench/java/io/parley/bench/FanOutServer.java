package io.parley.bench;

import io.netty.buffer.ByteBuf;

/** A server that delivers to many sockets what one socket sends. */
interface FanOutServer extends AutoCloseable {
  String TEXT = "x".repeat(256);

  String name();

  int port();

  /** Processor time in microseconds so far. */
  double cpu();

  String path();

  String headers(int socket);

  /** What a socket says first; what comes before the answer to it is no message. */
  String greeting();

  /** Whether this is the answer to the greeting. */
  boolean isWelcome(ByteBuf payload);

  /** What makes it tell everybody; said on a socket of its own. */
  String message(long number);

  /** How many messages the frame ends, for a socket that has heard so many bytes of them before. */
  int messages(ByteBuf payload, long before);

  @Override
  void close();
}
