/**
 * Bounds shared by every room: concurrency limit, slots, byte budget, batcher, token bucket,
 * deadline, retry; and {@link io.parley.flow.Outage}, the failure of a dependency. Knows no
 * feature. Confined to one event loop unless a class says otherwise.
 */
@NullMarked
package io.parley.flow;

import org.jspecify.annotations.NullMarked;
