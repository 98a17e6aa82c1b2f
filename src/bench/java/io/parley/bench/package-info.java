/**
 * Measures the gateway as a process of its own, beside peers in the same run on the same machine.
 *
 * <p>Rounds alternate, so that a machine that drifts drifts for all; what counts are ratios. Every scenario checks that
 * what was acknowledged is there: a wrong answer fails the run, a missed goal is only printed.
 */
package io.parley.bench;
