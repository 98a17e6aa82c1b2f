/**
 * The benchmark: measures the gateway as a process of its own, beside peers in the same run, on the
 * same machine and the same PostgreSQL server.
 *
 * <p>Rounds alternate, so that drift of the machine affects all candidates; ratios of medians
 * count. The load is raw sockets with requests encoded beforehand, and reports its own cost.
 * Processor time is read from the kernel, ended processes included. Every scenario verifies its
 * answers and that every acknowledged message was stored: a wrong answer fails the run, a missed
 * goal is only printed. A peer that is not installed is reported as missing. Every child process is
 * ended, whatever happens.
 */
@NullMarked
package io.parley.bench;

import org.jspecify.annotations.NullMarked;
