/**
 * Vocabulary of external messaging: channels, addresses, deliveries and their outcomes.
 *
 * <p>A delivery is one item on its way to one external participant. It is created in the commit of
 * its item, and pure rules in this room decide everything that happens to it.
 */
@NullMarked
package io.parley.channel;

import org.jspecify.annotations.NullMarked;
