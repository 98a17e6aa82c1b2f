/** The table of nodes. */
@NullMarked
package io.parley.store.node;

import org.jspecify.annotations.NullMarked;
