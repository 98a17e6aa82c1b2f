/**
 * The vocabulary of timelines: items, their content and routing, and the requests that append,
 * change and read them.
 *
 * <p>One exception to "JSON at the edges": an item writes itself, because an event is encoded once,
 * where it originates, and the same bytes go to every recipient.
 */
@NullMarked
package io.parley.timeline;

import org.jspecify.annotations.NullMarked;
