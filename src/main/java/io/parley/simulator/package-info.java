/**
 * Simulated providers for the sandbox and the tests: they record what the gateway sends, fail on
 * request, send delivery reports, and let a contact write back.
 *
 * <p>The ledger is the oracle of the fault tests, so this room shares no code with {@code dispatch}
 * and speaks to the gateway over HTTP as any provider does. It runs inside a gateway or as a
 * process of its own for several gateways. Its state is in memory, bounded, confined to one event
 * loop, and ends with the process.
 *
 * <p>It requires no credentials, so it answers only callers on this machine and its own page. It
 * must never run in production.
 */
@NullMarked
package io.parley.simulator;

import org.jspecify.annotations.NullMarked;
