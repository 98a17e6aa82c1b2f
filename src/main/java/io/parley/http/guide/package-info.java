/**
 * The guide that a running gateway serves: the Markdown of {@code docs/}, rendered as HTML.
 *
 * <p>Owns the subset of Markdown that those pages use and the way their links are mapped. Must
 * never let HTML of a page through unescaped, nor depend on the rest of the gateway.
 */
@NullMarked
@CheckReturnValue
package io.parley.http.guide;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
