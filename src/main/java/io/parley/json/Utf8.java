package io.parley.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Strict UTF-8. */
public final class Utf8 {
  private Utf8() {}

  /** Decodes UTF-8 and refuses anything else. */
  public static String decode(byte[] bytes) throws MalformedText {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedText("the text is not UTF-8");
    }
  }

  /** The length of a text in bytes. */
  public static int length(String text) {
    int length = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // each surrogate accounts for two of the four bytes
      length += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
    }
    return length;
  }

  static void check(byte[] bytes) throws MalformedText {
    for (byte b : bytes) {
      if (b < 0) {
        decode(bytes);
        return;
      }
    }
  }
}
