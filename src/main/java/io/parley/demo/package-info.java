/**
 * A client like any other, which puts test data into a running gateway. Knows nothing of the
 * gateway's inside.
 */
@NullMarked
package io.parley.demo;

import org.jspecify.annotations.NullMarked;
