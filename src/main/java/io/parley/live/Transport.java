package io.parley.live;

/** What carries frames to one client, in one of the ways there are. */
interface Transport {
  /** An event that many hear. */
  void news(SharedFrame news);

  /** A frame for this client alone. */
  void frame(byte[] frame);

  /** How many bytes of news the client has not taken yet. */
  long backlog();

  /**
   * Whether nothing at all has been taken since this was asked last, though there was something.
   */
  boolean isStuck();

  /** Sends what was written since the last time. */
  void flush();

  /** Whether to read on. */
  void listen(boolean on);

  /** Asks for a sign of life. */
  void beat();

  /** Says why, where that can be said, and ends. */
  void close(int code, String reason);
}
