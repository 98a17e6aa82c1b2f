/**
 * The embedded PostgreSQL server: its programs, its data directory, its life cycle. Blocks; used
 * from worker threads and at start-up only.
 */
@NullMarked
package io.parley.store.embedded;

import org.jspecify.annotations.NullMarked;
