package io.parley.store.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Who serves a cluster, by the note the server keeps in it.
 *
 * <p>The note outlives the process it names, and somebody else may have its number by now: it
 * counts only when that process is a PostgreSQL that lives in this very folder.
 */
record Postmaster(Path cluster) {
  private static final int PROCESS_LINE = 0;
  private static final int START_LINE = 2;
  private static final int PORT_LINE = 3;
  private static final int STATUS_LINE = 7;

  // the server notes the time a moment after it was started
  private static final int START_TOLERANCE_SECONDS = 5;

  /** The server process of this cluster. */
  Optional<ProcessHandle> process() throws IOException {
    return named().filter(process -> isServer(process) && livesHere(process));
  }

  /** The port, when it takes connections. */
  Optional<Integer> readyOn() throws IOException {
    return line(STATUS_LINE).filter("ready"::equals).isPresent()
        ? line(PORT_LINE).map(Integer::valueOf)
        : Optional.empty();
  }

  boolean isStopping() throws IOException {
    return line(STATUS_LINE).filter("stopping"::equals).isPresent();
  }

  /**
   * Removes the note of a server that no longer runs, for PostgreSQL would take anybody with its
   * number for it. If that is a PostgreSQL after all, the decision is left to the one that starts.
   */
  void forgetTheGone() throws IOException {
    if (named().filter(Postmaster::isServer).isEmpty()) {
      Files.deleteIfExists(note());
    }
  }

  private Path note() {
    return cluster.resolve("postmaster.pid");
  }

  private Optional<String> line(int number) throws IOException {
    try {
      List<String> lines = Files.readAllLines(note());
      return lines.size() > number ? Optional.of(lines.get(number).strip()) : Optional.empty();
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }

  private Optional<ProcessHandle> named() throws IOException {
    return line(PROCESS_LINE)
        .filter(number -> number.matches("\\d{1,18}"))
        .flatMap(number -> ProcessHandle.of(Long.parseLong(number)));
  }

  private static boolean isServer(ProcessHandle process) {
    try {
      return Files.readString(about(process, "cmdline")).split("\0", -1)[0].endsWith("postgres");
    } catch (NoSuchFileException noProcFilesystem) {
      return process.info().command().filter(name -> name.endsWith("postgres")).isPresent();
    } catch (IOException gone) {
      return false;
    }
  }

  private boolean livesHere(ProcessHandle process) {
    try {
      return Files.readSymbolicLink(about(process, "cwd")).equals(cluster);
    } catch (NoSuchFileException noProcFilesystem) {
      return startedAsNoted(process);
    } catch (IOException gone) {
      return false;
    }
  }

  /** Where processes do not tell their folder, as on macOS: a reused number started later. */
  private boolean startedAsNoted(ProcessHandle process) {
    try {
      return line(START_LINE)
          .filter(seconds -> seconds.matches("\\d{1,18}"))
          .filter(seconds -> startedAt(process, Long.parseLong(seconds)))
          .isPresent();
    } catch (IOException unreadable) {
      return false;
    }
  }

  static boolean startedAt(ProcessHandle process, long epochSecond) {
    return process
        .info()
        .startInstant()
        .map(start -> Math.abs(start.getEpochSecond() - epochSecond) <= START_TOLERANCE_SECONDS)
        .orElse(false);
  }

  private static Path about(ProcessHandle process, String what) {
    return Path.of("/proc", Long.toString(process.pid()), what);
  }
}
