/**
 * The vocabulary of conversations: their kinds and members, the rules for who may talk with whom,
 * the requests about them, and the events that clients receive.
 *
 * <p>The rules are pure functions; the store applies them after it has locked the conversation.
 */
@NullMarked
package io.parley.conversation;

import org.jspecify.annotations.NullMarked;
