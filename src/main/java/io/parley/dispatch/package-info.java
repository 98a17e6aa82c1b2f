/**
 * Dispatch of deliveries to the providers that reach phones and mailboxes.
 *
 * <p>One {@link io.parley.dispatch.Dispatcher} per provider claims due deliveries under a lease,
 * sends them and settles the outcomes. Pending work lives in the store only, so a node may die at
 * any instruction: its leases expire and another node continues under the same idempotency key.
 *
 * <p>Never decides what an outcome means (that is the {@code channel} room); never retries in
 * memory, where a restart would lose the retry; never sends to a provider whose breaker is open,
 * which would waste an attempt; never sends to a second provider what the first may have taken.
 *
 * <p>To add a provider kind: one package here that implements {@link io.parley.dispatch.Provider},
 * one entry in {@link io.parley.dispatch.ProviderKinds}, and its page in {@code docs/providers.md}.
 */
@NullMarked
package io.parley.dispatch;

import org.jspecify.annotations.NullMarked;
