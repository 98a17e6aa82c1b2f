package io.parley.bench;

import java.util.Optional;

/** The environment and the lengths of rounds that every scenario shares. */
record BenchContext(
    BenchPostgres postgres,
    GatewayServer server,
    Optional<PgBench> pgbench,
    Report report,
    boolean quick,
    boolean full) {

  int rounds() {
    return quick ? 1 : 3;
  }

  /** Of a round that sends. */
  double seconds() {
    return quick ? 2 : 5;
  }

  /** Of a round that only reads, which settles sooner. */
  double readSeconds() {
    return quick ? 2 : 3;
  }

  /** Until the compilers have seen enough of a path as long as sending. */
  double warmSeconds() {
    return quick ? 4 : 12;
  }
}
