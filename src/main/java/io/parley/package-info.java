/**
 * The process and the composition root: the only package that sees every room.
 *
 * <p>{@link io.parley.Gateway} creates the parts, {@link io.parley.Lifecycle} stops them within one
 * budget of time, {@link io.parley.ServedEndpoints} refuses a start with a part missing.
 */
@NullMarked
package io.parley;

import org.jspecify.annotations.NullMarked;
