package io.parley.store.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the programs of PostgreSQL. They refuse to run as root, so for root they run in a user
 * namespace.
 */
final class PostgresProgram {
  private static final long TIMEOUT_SECONDS = 70;
  private static final String REFUSES_ROOT =
      "PostgreSQL refuses to run as root, and this machine does not allow us to be another user."
          + " Start Parley as another user, or set PARLEY_DATABASE_URL.";

  // by default glibc returns memory to the kernel after every larger statement, and the next one
  // takes a page fault for each page: two thirds of the cost of a statement with 256 KiB
  private static final Map<String, String> MEMORY =
      Map.of(
          "MALLOC_TRIM_THRESHOLD_", Integer.toString(16 << 20),
          "MALLOC_MMAP_THRESHOLD_", Integer.toString(16 << 20),
          "MALLOC_TOP_PAD_", Integer.toString(256 << 10));

  private PostgresProgram() {}

  /** Returns when the program has ended; fails with its output if it failed. */
  static void run(List<String> command) throws IOException {
    File output = Files.createTempFile("parley-postgres-", ".log").toFile();
    try {
      Process process = start(command, output);
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the database did not answer in time: " + String.join(" ", command));
      }
      if (process.exitValue() != 0) {
        String printed = Files.readString(output.toPath()).strip();
        throw new IOException(
            printed.contains("unshare")
                ? REFUSES_ROOT
                : "the embedded database failed: " + printed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the database", e);
    } finally {
      Files.deleteIfExists(output.toPath());
    }
  }

  private static Process start(List<String> command, File output) throws IOException {
    List<String> whole = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      whole.addAll(List.of("unshare", "-U"));
    }
    whole.addAll(command);
    ProcessBuilder program =
        new ProcessBuilder(whole)
            .redirectErrorStream(true)
            .redirectOutput(output)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    MEMORY.forEach(program.environment()::putIfAbsent);
    try {
      return program.start();
    } catch (IOException absent) {
      throw whole.contains("unshare") ? new IOException(REFUSES_ROOT, absent) : absent;
    }
  }
}
