/** Analytics and search, and the background jobs that maintain what they read. */
@NullMarked
package io.parley.store.insight;

import org.jspecify.annotations.NullMarked;
