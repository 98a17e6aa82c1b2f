package io.parley.live.transport;

import io.parley.api.auth.Caller;

/** What a transport reports about its client. Called on the event loop that owns the socket. */
public interface TransportEvents {

  /** The client showed that it is alive. */
  void alive();

  /** A frame arrived. */
  void frame(byte[] text);

  /** Something arrived that is not a frame. */
  void malformed(String reason);

  /** The client has taken replies, and may get requests in again. */
  void repliesTaken();

  /** Whether the client has shown valid credentials. */
  boolean isAuthenticated();

  /** Whether a request with the credentials of {@code visitor} may use this connection. */
  boolean admits(Caller visitor);

  /** The connection has ended. May be reported more than once. */
  void ended();
}
