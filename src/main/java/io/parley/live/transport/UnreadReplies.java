package io.parley.live.transport;

/**
 * The replies that one client has not taken yet: their number and their bytes. A client with too
 * many of them gets no further requests in. Confined to the event loop of its transport.
 */
final class UnreadReplies {
  private static final int MAX = 1_000;
  private static final long MAX_BYTES = 256 * 1024;

  private int count;
  private long bytes;

  void add(int length) {
    count++;
    bytes += length;
  }

  /** A reply was taken; true if there had been too many, and are no longer. */
  boolean remove(int length) {
    boolean before = areTooMany();
    count--;
    bytes -= length;
    return before && !areTooMany();
  }

  long bytes() {
    return bytes;
  }

  boolean areTooMany() {
    return count > MAX || bytes > MAX_BYTES;
  }
}
