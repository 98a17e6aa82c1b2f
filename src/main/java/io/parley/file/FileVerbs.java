package io.parley.file;

import io.parley.bus.Endpoint;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What can be asked of files. They are kept in chunks, and are there when they are whole. */
public final class FileVerbs {
  public static final int CHUNK = 256 * 1024;
  public static final long LARGEST = 25L * 1024 * 1024;

  private FileVerbs() {}

  /** The id that {@code text} spells, in letters of either case. */
  public static Optional<UUID> id(String text) {
    try {
      UUID id = UUID.fromString(text);
      return Optional.of(id).filter(same -> same.toString().equalsIgnoreCase(text));
    } catch (IllegalArgumentException noId) {
      return Optional.empty();
    }
  }

  /** Makes room for a file that is about to come; for one that came before there is room. */
  public record BeginFile(long owner, String name, long quota, Optional<String> key) {}

  /** Empty when the owner has too much already. */
  public record Begun(Optional<UUID> id) {}

  public static final Endpoint<BeginFile, Begun> BEGIN_FILE =
      new Endpoint<>("file.begin", BeginFile.class, Begun.class);

  public record PutChunk(UUID id, int number, Buffer bytes) {}

  public record Put() {}

  public static final Endpoint<PutChunk, Put> PUT_CHUNK =
      new Endpoint<>("file.put-chunk", PutChunk.class, Put.class);

  /** It is whole. Under a key it is kept once, however often it comes. */
  public record EndFile(
      UUID id,
      long owner,
      String name,
      long size,
      byte[] sha256,
      String mimeType,
      long quota,
      Optional<String> key) {}

  /** What became of it; it is gone if it was not kept. */
  public sealed interface Ended {}

  public record Kept(StoredFile file) implements Ended {}

  /** An earlier upload under the same key brought this file. */
  public record KeptBefore(StoredFile file) implements Ended {}

  /** The owner has too much by now. */
  public record OverQuota() implements Ended {}

  /** The key was used for something else. */
  public record KeyReused() implements Ended {}

  public static final Endpoint<EndFile, Ended> END_FILE =
      new Endpoint<>("file.end", EndFile.class, Ended.class);

  /** It will never be whole. */
  public record DropFile(UUID id) {}

  public static final Endpoint<DropFile, Put> DROP_FILE =
      new Endpoint<>("file.drop", DropFile.class, Put.class);

  /** A whole file; what is not there and what is not the caller's looks the same. */
  public record StoredFile(
      UUID id, String name, String mimeType, long size, String sha256, Instant createdAt) {}

  /**
   * Files for somebody who uploaded them or is in a conversation that holds them.
   *
   * @param caller nobody in particular when there is a link
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
