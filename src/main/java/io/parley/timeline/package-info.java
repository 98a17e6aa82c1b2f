/**
 * What is said in a conversation: items, their numbering, and the verbs that append and read them.
 *
 * <p>Vocabulary, with one exception to "JSON at the edges": an item writes itself, because news of
 * it is encoded once, where it is made, and handed to any number of readers.
 */
@NullMarked
package io.parley.timeline;

import org.jspecify.annotations.NullMarked;
