/**
 * Carries deliveries to the providers that reach phones and mailboxes.
 *
 * <p>Owns the asking: one {@link io.parley.dispatch.Dispatcher} for each provider claims what is
 * due under a lease, asks, and settles. What is pending lives in the store and nowhere else, so a
 * node may die at any instruction: its leases end, and another node goes on, under the same key.
 *
 * <p>Never decides what an outcome means, which is {@code channel}'s; never retries in memory,
 * where a restart would lose it; never asks a provider whose breaker is open, which would burn an
 * attempt; never asks another provider for what one may have taken.
 *
 * <p>A provider is one package here that implements {@link io.parley.dispatch.Provider}, one entry
 * in {@link io.parley.dispatch.ProviderKinds} and one line of settings.
 */
@NullMarked
package io.parley.dispatch;

import org.jspecify.annotations.NullMarked;
