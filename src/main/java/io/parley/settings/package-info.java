/**
 * What an operator may decide: a tree of records, checked in their constructors before anything
 * else exists.
 *
 * <p>Knows nothing of how a setting is used. A room receives the record it needs, never the whole
 * tree.
 */
@NullMarked
package io.parley.settings;

import org.jspecify.annotations.NullMarked;
