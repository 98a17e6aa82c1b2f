/**
 * Who talks with whom: conversations, their members, who may talk at all, and the news of it.
 *
 * <p>Vocabulary. Decides by pure rules; the store only carries out what was decided, after it has
 * locked the conversation.
 */
@NullMarked
package io.parley.conversation;

import org.jspecify.annotations.NullMarked;
