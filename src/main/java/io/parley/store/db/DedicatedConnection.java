package io.parley.store.db;

import io.vertx.core.Promise;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;

/**
 * A connection to the database with one owner, and the means to end it at once: closing {@code sql}
 * waits behind the statements in flight, for ever if the network has swallowed them.
 */
record DedicatedConnection(PgConnection sql, ConnectionFactory<PgConnectOptions> transport) {
  /** Ends it, answered or not; whatever is in flight on it fails. */
  void end() {
    transport.close(Promise.promise());
  }
}
