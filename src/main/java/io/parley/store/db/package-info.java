/**
 * Access to PostgreSQL: connections and their bounds, write lanes, transactions, periodic sweeps,
 * migrations, and requests that are repeatable by key. Knows no table of a feature.
 */
@NullMarked
package io.parley.store.db;

import org.jspecify.annotations.NullMarked;
