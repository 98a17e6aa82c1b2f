/**
 * The event loop behind an interface, so that time is an argument. Imports nothing else of {@code
 * live}.
 */
@NullMarked
package io.parley.live.loop;

import org.jspecify.annotations.NullMarked;
