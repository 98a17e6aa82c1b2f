/**
 * Files that people upload: what can be asked of them, what they are, and who may have them.
 *
 * <p>Vocabulary. What a file is, its bytes tell; what its uploader claims is not believed.
 */
@NullMarked
package io.parley.file;

import org.jspecify.annotations.NullMarked;
