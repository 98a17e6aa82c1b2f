/**
 * A client that puts test data into a running gateway over its public API. Imports nothing of the
 * gateway.
 */
@NullMarked
package io.parley.demo;

import org.jspecify.annotations.NullMarked;
