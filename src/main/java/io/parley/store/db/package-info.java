/**
 * The way to PostgreSQL: connections and their bounds, write lanes, transactions, migrations and
 * idempotency by key. Knows no table of a feature.
 */
@NullMarked
package io.parley.store.db;

import org.jspecify.annotations.NullMarked;
