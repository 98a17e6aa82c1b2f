/**
 * Measures the gateway as a process of its own, beside peers in the same run on the same machine
 * and the same PostgreSQL server.
 *
 * <p>Rounds alternate, so that a machine that drifts drifts for all; what counts are ratios of
 * medians. The load is raw sockets with requests encoded beforehand, and says what it costs itself.
 * CPU is read from the kernel's books, of processes that have ended too. Every scenario checks that
 * its answers are right and that what was acknowledged is there: a wrong answer fails the run, a
 * missed goal is only printed. A peer that is not to be had here is said to be missing, never
 * passed over. Every process that is started is ended, whatever happens.
 */
@NullMarked
package io.parley.bench;

import org.jspecify.annotations.NullMarked;
