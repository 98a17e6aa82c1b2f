/**
 * The vocabulary of uploaded files: the requests about them, and the detection of their types.
 *
 * <p>The type of a file is detected from its bytes; the uploader's claim is ignored.
 */
@NullMarked
package io.parley.file;

import org.jspecify.annotations.NullMarked;
