/**
 * What can be learnt from everything that was said: who wrote most, where most was written, and
 * where a word fell.
 *
 * <p>Vocabulary. Counts are exact at any instant: tallies are kept behind the append path, and what
 * they do not hold yet is counted in the items, in the same snapshot. Which blocks of tallies and
 * which stretches of items make up a range is decided here ({@link io.parley.insight.Cover}),
 * without SQL. Search sees what its caller may see now, never what the index believed then.
 */
@NullMarked
package io.parley.insight;

import org.jspecify.annotations.NullMarked;
