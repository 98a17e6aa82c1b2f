package io.parley.file;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The detection of the MIME type of a file from its first bytes. */
public final class FileType {
  /** The number of bytes that are examined. */
  public static final int SNIFFED_BYTES = 512;

  private static final String UNKNOWN = "application/octet-stream";

  private record Magic(int offset, byte[] bytes, String type) {
    boolean isIn(Buffer beginning) {
      if (beginning.length() < offset + bytes.length) {
        return false;
      }
      for (int i = 0; i < bytes.length; i++) {
        if (beginning.getByte(offset + i) != bytes[i]) {
          return false;
        }
      }
      return true;
    }
  }

  private static final List<Magic> KNOWN =
      List.of(
          magic(0, "\u0089PNG\r\n\u001a\n", "image/png"),
          magic(0, "\u00ff\u00d8\u00ff", "image/jpeg"),
          magic(0, "GIF87a", "image/gif"),
          magic(0, "GIF89a", "image/gif"),
          magic(8, "WEBP", "image/webp"),
          magic(4, "ftypavif", "image/avif"),
          magic(4, "ftypheic", "image/heic"),
          magic(4, "ftypqt", "video/quicktime"),
          magic(4, "ftypM4A", "audio/mp4"),
          magic(4, "ftyp3gp", "video/3gpp"),
          magic(4, "ftyp", "video/mp4"),
          magic(0, "\u001aE\u00df\u00a3", "video/webm"),
          magic(0, "OggS", "audio/ogg"),
          magic(0, "ID3", "audio/mpeg"),
          magic(0, "\u00ff\u00fb", "audio/mpeg"),
          magic(8, "WAVE", "audio/wav"),
          magic(0, "#!AMR", "audio/amr"),
          magic(0, "fLaC", "audio/flac"),
          magic(0, "%PDF-", "application/pdf"),
          magic(0, "PK\u0003\u0004", "application/zip"),
          magic(0, "\u001f\u008b", "application/gzip"));

  private FileType() {}

  private static Magic magic(int offset, String bytes, String type) {
    return new Magic(offset, bytes.getBytes(StandardCharsets.ISO_8859_1), type);
  }

  /** The MIME type. Any text is {@code text/plain}, so that browsers never execute it. */
  public static String of(Buffer beginning) {
    return KNOWN.stream()
        .filter(magic -> magic.isIn(beginning))
        .map(Magic::type)
        .findFirst()
        .orElseGet(() -> isText(beginning) ? "text/plain; charset=utf-8" : UNKNOWN);
  }

  // the examined bytes may end in the middle of a character
  private static boolean isText(Buffer beginning) {
    int length = beginning.length();
    for (int i = 0; i < length; i++) {
      int octet = beginning.getByte(i) & 0xFF;
      if (octet < 0x20 && octet != '\t' && octet != '\n' && octet != '\r') {
        return false;
      }
    }
    for (int cut = 0; cut < 4 && cut <= length; cut++) {
      try {
        StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(beginning.getBytes(0, length - cut)));
        return cut == 0 || length >= SNIFFED_BYTES;
      } catch (CharacterCodingException notYet) {
        // try again with one byte less
      }
    }
    return false;
  }
}
