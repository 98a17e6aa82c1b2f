/**
 * The database: the only room with SQL, connections, or a database server.
 *
 * <p>{@link io.parley.store.StoreVerticle} lists the rooms; the {@code Endpoints} class of each
 * creates its parts and serves its verbs. A verb is one transaction. Events are published after the
 * commit, never before. Every change that takes a rev of a conversation locks its row first and
 * decides in a later statement, with a fresh snapshot. A refusal is a value; a database that does
 * not answer is an {@link io.parley.flow.Outage}. Every statement names the index that serves it.
 *
 * <p>Rooms depend one way: {@code db} knows no feature, {@code identity} builds on it, then {@code
 * timeline}, {@code conversation} and {@code external}; {@code delivery}, {@code file} and {@code
 * insight} build on {@code timeline}.
 *
 * <p>Liquibase and Argon2id block, so they run on worker threads. JDBC is used by Liquibase and by
 * the checks at start-up only.
 */
@NullMarked
package io.parley.store;

import org.jspecify.annotations.NullMarked;
