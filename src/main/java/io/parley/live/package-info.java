/**
 * Connections that stay open: the event-bus bridge protocol over WebSocket and SockJS. Owns who
 * listens, in which order they hear, and what happens to those who do not keep up.
 *
 * <p>A socket lives on the event loop that accepted it, and a {@code Desk} for each loop holds all
 * there is to know about its sockets: so hearing, ordering and writing need neither a lock nor a
 * hand-over between threads. The price is that each loop puts the news of a conversation in order
 * for itself; the bytes are made once for each. What the loops of a node have in common, who is
 * online, is the {@code LiveVerticle}'s.
 *
 * <p>Must never: encode an event per socket, write without a bound, flush twice in one turn, or
 * tell two changes of a conversation in the wrong order.
 */
@NullMarked
package io.parley.live;

import org.jspecify.annotations.NullMarked;
