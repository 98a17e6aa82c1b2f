/**
 * The vocabulary of analytics and search: the most active users and conversations, and the items
 * that contain given words.
 *
 * <p>Counts are exact at any instant: tallies are updated asynchronously after the append, and
 * items that they do not include yet are counted directly in the same snapshot. {@link
 * io.parley.insight.Cover} decides, without SQL, which tallied blocks and which intervals of items
 * make up a range. Search checks the present permissions of its caller, never those at the time of
 * indexing.
 */
@NullMarked
package io.parley.insight;

import org.jspecify.annotations.NullMarked;
