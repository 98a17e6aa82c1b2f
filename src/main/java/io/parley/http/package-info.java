/**
 * The HTTP edge: translates requests to operations and answers to responses, and serves the pages.
 *
 * <p>Decides nothing about the product: who may do what, and what is valid, is {@code api}'s. It
 * owns what only HTTP knows: paths, media types, bodies and their bounds, credentials in headers,
 * origins, slow and idle connections. One verticle instance per event loop, all on one port;
 * nothing here is shared between instances but immutable values.
 *
 * <p>Paths of the contract are found by {@link io.parley.http.RouteTable} before the page router is
 * asked: a trie costs a hash look-up per segment where a list of routes costs a pattern match per
 * route.
 */
@NullMarked
package io.parley.http;

import org.jspecify.annotations.NullMarked;
