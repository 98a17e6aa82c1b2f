/**
 * Providers on one's own machine: they take what the gateway sends, write it down, fail as they are
 * told, call back, and let a contact write.
 *
 * <p>It is the oracle of the tests and therefore shares no code with {@code dispatch}, and speaks
 * to the gateway as any provider does: by HTTP, by its address. It may run within a gateway or
 * alone, for several. Its state is in memory, confined to one event loop, and bounded everywhere;
 * it ends with the process.
 *
 * <p>It asks nobody for credentials, so it answers only callers on this machine and its own page.
 * It must never run in production.
 */
@NullMarked
package io.parley.simulator;

import org.jspecify.annotations.NullMarked;
