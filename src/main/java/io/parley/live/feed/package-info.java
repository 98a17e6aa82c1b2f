/**
 * Who on an event loop receives the events of which conversations, and in which order. Guarantees
 * per conversation: revs in order, each once, never past a gap; a listener that cannot be served
 * like that is disconnected, and its client resumes.
 *
 * <p>Imports {@code live.loop} and {@code live.frame}, nothing else of {@code live}. Sessions are
 * known as {@code FeedListener}. Everything here is confined to one event loop.
 */
@NullMarked
package io.parley.live.feed;

import org.jspecify.annotations.NullMarked;
