/** Uploaded files, stored in chunks; each chunk is written and read by one statement. */
@NullMarked
package io.parley.store.file;

import org.jspecify.annotations.NullMarked;
