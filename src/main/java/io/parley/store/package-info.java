/**
 * The keeper of the truth: the only room with SQL, a pool, or a database server.
 *
 * <p>Serves the vocabulary's endpoints, one verb, one transaction; announces after commit, never
 * before. Whatever takes a rev of a conversation locks its row first and decides in a later
 * statement, with a fresh snapshot. Refusals are values; a database that is not there is an {@link
 * io.parley.flow.Outage}.
 *
 * <p>Liquibase and Argon2id block, so they run on worker threads; JDBC exists for Liquibase and for
 * starting up only.
 */
@NullMarked
package io.parley.store;

import org.jspecify.annotations.NullMarked;
