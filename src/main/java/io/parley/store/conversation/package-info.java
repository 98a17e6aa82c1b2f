/**
 * Conversations and their members: groups, direct conversations, previews, audiences and the change
 * feed.
 */
@NullMarked
package io.parley.store.conversation;

import org.jspecify.annotations.NullMarked;
