/**
 * The contract, {@code openapi.yaml}, compiled into checks that run on the event loop.
 *
 * <p>Keywords of our own, beside those of OpenAPI:
 *
 * <ul>
 *   <li>{@code x-access}, {@code x-scopes}: who may call an operation; its description says the
 *       same in words, which a test holds to these.
 *   <li>{@code x-idempotent}: takes an idempotency key. {@code x-http-only}: is no address of the
 *       event bus. {@code x-signed}: providers call it and sign. {@code x-streamed}: its bodies are
 *       never held in memory. {@code x-oauth}: its errors carry OAuth's codes. {@code x-max-body}:
 *       the bytes of its body, where they exceed the setting.
 *   <li>{@code x-order}: how requests of one socket keep their order, see {@link
 *       io.parley.api.contract.SocketOrder}.
 *   <li>{@code x-bus-operations}, {@code x-bus-events}: what exists on the event bus only.
 *   <li>{@code x-strict-pattern}: the pattern that is enforced, in Java's syntax, where {@code
 *       pattern} is the closest one that also compiles in Python and JavaScript. {@code
 *       x-pattern-in-words}: what an error says of either. {@code x-enum-refused-by-operation}:
 *       other values get a problem of the operation instead of {@code invalid}.
 * </ul>
 */
@NullMarked
package io.parley.api.contract;

import org.jspecify.annotations.NullMarked;
