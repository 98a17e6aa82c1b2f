/**
 * Carries frames to and from one client, over a WebSocket or over the HTTP requests of SockJS.
 * Knows how much a client has not read yet; knows nothing of users and conversations. Reports to
 * its session through {@code TransportEvents}.
 *
 * <p>Imports {@code live.loop} and {@code live.frame}, nothing else of {@code live}.
 */
@NullMarked
package io.parley.live.transport;

import org.jspecify.annotations.NullMarked;
