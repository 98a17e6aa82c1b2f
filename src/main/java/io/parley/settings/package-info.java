/**
 * The settings of an operator: a tree of records, validated before anything else exists.
 *
 * <p>Knows nothing of how a setting is used. A room receives the record it needs, never the whole
 * tree. Every mistake is reported at once, with the key and the environment variable; a secret is
 * never quoted.
 */
@NullMarked
package io.parley.settings;

import org.jspecify.annotations.NullMarked;
