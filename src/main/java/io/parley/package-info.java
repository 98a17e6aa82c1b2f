/** The process and the composition root. */
@NullMarked
package io.parley;

import org.jspecify.annotations.NullMarked;
