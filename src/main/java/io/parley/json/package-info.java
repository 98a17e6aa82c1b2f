/**
 * Text to values and values to text, strictly and without detours. Knows no feature.
 *
 * <p>What is read is plain: {@code Map}, {@code List}, {@code String}, {@code Long}, {@code
 * BigDecimal}, {@code Boolean}, {@code null}. What is written goes straight to bytes, so that one
 * encoding can serve any number of readers.
 */
@NullMarked
package io.parley.json;

import org.jspecify.annotations.NullMarked;
