/**
 * Communication between rooms: typed requests on one node, typed events for the cluster.
 *
 * <p>Knows no feature. Records cross a node by reference, so they must be immutable; a {@link
 * io.parley.bus.Relay} carries events to other nodes, as CBOR. No other room names an address or
 * touches the event bus. A reply is a value, a refusal too; a failed future means an {@link
 * io.parley.flow.Outage} or a bug, and arrives as the same throwable that left, stack and all.
 */
@NullMarked
package io.parley.bus;

import org.jspecify.annotations.NullMarked;
