/**
 * Communication between rooms: typed requests on one node, typed events for the cluster.
 *
 * <p>Knows no feature. Records cross a node by reference, so they must be immutable; between nodes
 * they are CBOR. No other room names an address or touches the event bus. A reply is a value, a
 * refusal too; a failed future means an {@link io.parley.flow.Outage} or a bug, and arrives as the
 * same throwable that left, stack and all.
 */
@NullMarked
package io.parley.bus;

import org.jspecify.annotations.NullMarked;
