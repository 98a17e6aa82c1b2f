package io.parley.live.transport;

import io.parley.live.frame.SharedFrame;

/**
 * The connection to one client, by whatever protocol. Writes are buffered until the loop's next
 * flush. Confined to the event loop that owns the socket.
 */
public interface Transport {

  /** Sends an event that many clients receive; it counts towards {@link #backlog}. */
  void send(SharedFrame event);

  /** Sends a frame to this client alone. */
  void send(byte[] frame);

  /** How many bytes of events the client has not taken yet. */
  long backlog();

  /** Whether output was pending and no byte of it has been taken since the last call. */
  boolean isStuck();

  /** Whether the client must first take replies before it gets further requests in. */
  boolean hasTooManyReplies();

  /** Hands what was written to the network. */
  void flush();

  /** Pauses or resumes reading from the client. */
  void setReading(boolean on);

  /** Asks the client for a sign of life. */
  void ping();

  /** Ends the connection; tells the client why where the protocol can carry a reason. */
  void close(int code, String reason);
}
