/** The answer to a caller: a result or a problem (RFC 9457), the same on every edge. */
@NullMarked
package io.parley.api.problem;

import org.jspecify.annotations.NullMarked;
