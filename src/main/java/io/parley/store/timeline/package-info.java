/**
 * Items of conversations: appended by group commit, read in pages, changed one at a time. Every
 * write locks the conversation row first and decides in a later statement.
 */
@NullMarked
package io.parley.store.timeline;

import org.jspecify.annotations.NullMarked;
