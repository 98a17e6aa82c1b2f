/**
 * The vocabulary of nodes: the processes that serve one database together, as their table shows
 * them.
 */
@NullMarked
package io.parley.node;

import org.jspecify.annotations.NullMarked;
