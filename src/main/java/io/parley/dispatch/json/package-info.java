/**
 * The adapter for providers that accept a message as plain JSON over HTTP: how a message is
 * encoded, and the outcome of each answer or missing answer.
 */
@NullMarked
package io.parley.dispatch.json;

import org.jspecify.annotations.NullMarked;
