package io.parley.live;

/** Counts sockets. Must be cheap, and safe from any thread. */
public interface SocketObserver {
  /** {@code more} sockets opened; ended, if it is negative. */
  void sockets(int more);

  /** The gateway ended a socket. */
  void closed(int code);
}
