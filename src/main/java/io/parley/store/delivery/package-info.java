/**
 * Deliveries and their outbox: claimed under a lease, settled, redriven, and updated by provider
 * callbacks.
 */
@NullMarked
package io.parley.store.delivery;

import org.jspecify.annotations.NullMarked;
