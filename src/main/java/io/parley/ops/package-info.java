/**
 * What an operator looks at: metrics and readiness.
 *
 * <p>Measures, never decides. Label values come from the contract or from our own names, never from
 * a client, so the number of time series has a bound.
 */
@NullMarked
package io.parley.ops;

import org.jspecify.annotations.NullMarked;
