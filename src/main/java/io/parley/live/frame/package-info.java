/**
 * The bytes that travel to clients: WebSocket and SockJS framing, events that many sockets share,
 * close codes. Encoders without state of their own. Imports nothing else of {@code live}.
 */
@NullMarked
package io.parley.live.frame;

import org.jspecify.annotations.NullMarked;
