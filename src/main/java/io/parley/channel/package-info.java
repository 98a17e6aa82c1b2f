/**
 * How parties outside the gateway are reached: channels, deliveries and what became of them.
 *
 * <p>Vocabulary. A delivery is one item on its way to one member who lives outside; it is made in
 * the commit of its item, and everything that happens to it is decided here by pure rules.
 */
@NullMarked
package io.parley.channel;

import org.jspecify.annotations.NullMarked;
