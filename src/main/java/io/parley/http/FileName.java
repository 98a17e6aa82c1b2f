package io.parley.http;

import org.jspecify.annotations.Nullable;

/** Names of files as clients give them, made safe. */
final class FileName {
  private static final int MAX_LENGTH = 200;
  private static final String DEFAULT = "file";

  private FileName() {}

  /** A name that is safe to show and to store under; a path is no part of it. */
  static String safe(@Nullable String given) {
    if (given == null) {
      return DEFAULT;
    }
    String last = given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
    String clean = last.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\"<>|:*?]", "").strip();
    String name =
        clean.codePointCount(0, clean.length()) > MAX_LENGTH
            ? clean.substring(0, clean.offsetByCodePoints(0, MAX_LENGTH))
            : clean;
    return name.isEmpty() || name.startsWith(".") ? DEFAULT + name : name;
  }
}
