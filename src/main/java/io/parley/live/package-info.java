/**
 * Connections that stay open: the event-bus bridge protocol over WebSocket and SockJS.
 *
 * <p>A socket lives on the event loop that accepted it, and a {@code SocketLoop} per event loop
 * holds everything about its sockets. Subscribing, ordering and writing therefore need neither a
 * lock nor a hand-over between threads; the price is that each loop orders the events of a
 * conversation for itself. What the loops of a node share, who is online and the SockJS sessions,
 * belongs to {@code LiveVerticle}.
 *
 * <p>The floors, each importing only those below it:
 *
 * <ul>
 *   <li>{@code live}: the verticle, the sockets of a loop, the routes of SockJS
 *   <li>{@code live.session}: one client, its frames, requests and identity
 *   <li>{@code live.feed} (who receives which events, in which order) and {@code live.transport}
 *       (bytes to and from one client), which do not know each other
 *   <li>{@code live.frame} (encoders) and {@code live.loop} (time)
 * </ul>
 *
 * <p>Must never: encode an event per socket, write without a bound, flush a socket twice in one
 * turn, or deliver two changes of a conversation in the wrong order.
 */
@NullMarked
package io.parley.live;

import org.jspecify.annotations.NullMarked;
