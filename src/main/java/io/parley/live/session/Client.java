package io.parley.live.session;

import io.parley.api.auth.Caller;
import io.parley.identity.ClientAddress;
import io.parley.live.frame.SharedFrame;

/** One connected client, as the parts of its session and the operations see it. */
interface Client {
  Caller caller();

  /** Where it connected from. */
  ClientAddress address();

  boolean isClosed();

  /** Sends an event that other clients receive too; disconnects a client that is too slow. */
  void send(SharedFrame event);

  /** Sends a frame to this client alone; does nothing once the session has ended. */
  void send(byte[] frame);

  /** Sends an event outside the order of revs, if the client has subscribed. */
  void ephemeral(SharedFrame event);

  void disconnect(int code, String reason);
}
