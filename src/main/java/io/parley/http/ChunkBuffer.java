package io.parley.http;

import io.parley.file.FileType;
import io.parley.file.FileVerbs;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Collects the bytes of one file into chunks of the size that is stored, and keeps what describes
 * the whole: its size, its hash and its beginning. Confined to one event loop.
 */
final class ChunkBuffer {
  private final ArrayDeque<Buffer> full = new ArrayDeque<>(2);
  private final MessageDigest digest;
  private Buffer partial = Buffer.buffer();
  private Buffer beginning = Buffer.buffer();
  private long size;

  ChunkBuffer() {
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  void append(Buffer part) {
    size += part.length();
    digest.update(((BufferInternal) part).getByteBuf().nioBuffer());
    int missing = Math.min(part.length(), FileType.SNIFFED_BYTES - beginning.length());
    if (missing > 0) {
      beginning.appendBuffer(part, 0, missing);
    }
    for (int from = 0; from < part.length(); ) {
      int fits = Math.min(FileVerbs.CHUNK_BYTES - partial.length(), part.length() - from);
      partial.appendBuffer(part, from, fits);
      from += fits;
      if (partial.length() == FileVerbs.CHUNK_BYTES) {
        full.add(partial);
        partial = Buffer.buffer(FileVerbs.CHUNK_BYTES);
      }
    }
  }

  /** Makes the last chunk available, however short it is. */
  void end() {
    if (partial.length() > 0) {
      full.add(partial);
    }
  }

  boolean hasFull() {
    return !full.isEmpty();
  }

  /** Removes the next chunk to store; null if none is full. */
  @Nullable Buffer poll() {
    return full.poll();
  }

  long size() {
    return size;
  }

  byte[] hash() {
    return digest.digest();
  }

  String mimeType() {
    return FileType.of(beginning);
  }
}
