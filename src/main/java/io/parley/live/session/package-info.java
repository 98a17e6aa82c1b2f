/**
 * One client at a time: reads its frames in order, routes them to operations, and answers. Knows
 * who the client is, whether it is alive, and which of its feeds are paused.
 *
 * <p>A session is confined to the event loop of its socket. Imports the floors below it: {@code
 * live.feed}, {@code live.transport}, {@code live.frame}, {@code live.loop}.
 */
@NullMarked
package io.parley.live.session;

import org.jspecify.annotations.NullMarked;
