/**
 * Messages from and to external participants: finds or opens the conversation of two addresses and
 * appends to it.
 */
@NullMarked
package io.parley.store.external;

import org.jspecify.annotations.NullMarked;
