/**
 * Providers that take a message as plain JSON over HTTP.
 *
 * <p>Knows the wire and nothing else: how a message is written, and what each answer, and each way
 * of not answering, says about it.
 */
@NullMarked
package io.parley.dispatch.json;

import org.jspecify.annotations.NullMarked;
