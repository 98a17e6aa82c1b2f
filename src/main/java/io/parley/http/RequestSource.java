package io.parley.http;

import io.parley.identity.ClientAddress;

/** Where a request comes from: the address of its client, and the way it came. */
record RequestSource(ClientAddress client, Route route) {
  /** The way of a request, which decides how far it can be trusted to come from this machine. */
  enum Route {
    /** Straight from the client. */
    DIRECT,
    /** Through a trusted proxy on this machine. */
    LOCAL_PROXY,
    /** Through any other proxy, or so its headers claim. */
    PROXY,
    /** Through a trusted proxy whose headers contradict each other. */
    CONTRADICTORY
  }
}
