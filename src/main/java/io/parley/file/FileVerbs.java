package io.parley.file;

import io.parley.bus.Endpoint;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Requests about files. A file is stored in chunks, and is visible once it is complete. */
public final class FileVerbs {
  public static final int CHUNK_BYTES = 256 * 1024;
  public static final long MAX_FILE_BYTES = 25L * 1024 * 1024;

  private FileVerbs() {}

  /** Parses the id of a file, in upper or lower case. */
  public static Optional<UUID> id(String text) {
    try {
      UUID id = UUID.fromString(text);
      return Optional.of(id).filter(same -> same.toString().equalsIgnoreCase(text));
    } catch (IllegalArgumentException noId) {
      return Optional.empty();
    }
  }

  /**
   * Reserves space for an upload; a replay of an earlier upload is admitted over the bounds.
   *
   * @param size the bytes that it has at most, or 0 if that is unknown
   * @param quota the bytes that its owner may store, uploads that are running included
   * @param total the bytes that all owners may store together
   */
  public record StartFile(
      long owner, String name, long size, long quota, long total, Optional<String> key) {}

  /** Whether an upload may begin. */
  public sealed interface FileStart {}

  public record FileStarted(UUID id) implements FileStart {}

  /** All files together need more space than the gateway may use. */
  public record StorageFull() implements FileStart {}

  public static final Endpoint<StartFile, FileStart> START_FILE =
      new Endpoint<>("file.start", StartFile.class, FileStart.class);

  public record PutChunk(UUID id, int number, Buffer bytes) {}

  public record ChunkStored() {}

  public static final Endpoint<PutChunk, ChunkStored> PUT_CHUNK =
      new Endpoint<>("file.put-chunk", PutChunk.class, ChunkStored.class);

  /** Completes an upload. Uploads under the same key are stored once. */
  public record FinishFile(
      UUID id,
      long owner,
      String name,
      long size,
      byte[] sha256,
      String mimeType,
      Optional<String> key) {}

  /** The result of an upload; its chunks are deleted unless it was kept. */
  public sealed interface FileOutcome {}

  public record FileCreated(StoredFile file) implements FileOutcome {}

  /** An earlier upload under the same key stored this file. */
  public record FileReplayed(StoredFile file) implements FileOutcome {}

  /** The upload exceeds the quota of its owner. */
  public record OverQuota() implements FileStart, FileOutcome {}

  /** The key was used for a different request. */
  public record FileKeyReused() implements FileOutcome {}

  public static final Endpoint<FinishFile, FileOutcome> FINISH_FILE =
      new Endpoint<>("file.finish", FinishFile.class, FileOutcome.class);

  /** Abandons an upload. */
  public record DiscardFile(UUID id) {}

  public static final Endpoint<DiscardFile, ChunkStored> DISCARD_FILE =
      new Endpoint<>("file.discard", DiscardFile.class, ChunkStored.class);

  /** A complete file. */
  public record StoredFile(
      UUID id, String name, String mimeType, long size, String sha256, Instant createdAt) {}

  /**
   * Finds files that the caller uploaded or that are attached in a conversation of the caller.
   * Other files are left out as if they did not exist.
   *
   * @param caller empty if the request has a signed link, which replaces the check
   */
  public record FindFiles(List<UUID> ids, Optional<Long> caller) {}

  public record Files(List<StoredFile> files) {}

  public static final Endpoint<FindFiles, Files> FIND_FILES =
      new Endpoint<>("file.find", FindFiles.class, Files.class);

  public record GetChunk(UUID id, int number) {}

  public record Chunk(Buffer bytes) {}

  public static final Endpoint<GetChunk, Chunk> GET_CHUNK =
      new Endpoint<>("file.get-chunk", GetChunk.class, Chunk.class);
}
