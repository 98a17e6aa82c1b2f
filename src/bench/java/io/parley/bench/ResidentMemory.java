package io.parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The resident memory of a process. */
final class ResidentMemory {
  private static final Pattern LINE = Pattern.compile("VmRSS:\\s+([0-9]+) kB");

  private ResidentMemory() {}

  /** Bytes. */
  static double of(long pid) throws IOException {
    Matcher line = LINE.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
    if (!line.find()) {
      throw new IllegalStateException("the kernel does not tell");
    }
    return Double.parseDouble(line.group(1)) * 1024;
  }
}
