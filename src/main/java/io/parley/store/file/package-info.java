/** Uploaded files, kept in chunks; each chunk is one statement. */
@NullMarked
package io.parley.store.file;

import org.jspecify.annotations.NullMarked;
