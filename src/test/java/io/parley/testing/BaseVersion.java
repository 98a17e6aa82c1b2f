package io.parley.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The version of the gateway that today's must be able to share a database with: the commit that
 * {@code src/test/upgrade/base} names. It is read from the history of the repository, and built
 * once in {@code target/upgrade}.
 *
 * <p>Without that history (a shallow clone, an unpacked archive) tests that need it are skipped,
 * and say so; with {@code UPGRADE_TESTS=required} they fail.
 */
public final class BaseVersion {
  private static final Path NAME = Path.of("src", "test", "upgrade", "base");
  private static final Path BUILDS = Path.of("target", "upgrade").toAbsolutePath();

  private final String commit;

  private BaseVersion(String commit) {
    this.commit = commit;
  }

  public static BaseVersion find() {
    String commit = read(NAME).strip();
    if (!runs("git", "cat-file", "-e", commit + "^{commit}")) {
      String missing =
          "NOT CHECKED: upgrades from commit "
              + commit
              + ", because it is not in this repository's history (try: git fetch --unshallow)";
      System.err.println(missing);
      assertThat(System.getenv("UPGRADE_TESTS")).describedAs(missing).isNotEqualTo("required");
      throw new TestAbortedException(missing);
    }
    return new BaseVersion(commit);
  }

  /** The paths of the files below a folder. */
  public List<String> files(String folder) {
    return output("git", "ls-tree", "-r", "--name-only", commit, folder).lines().toList();
  }

  public String text(String path) {
    return output("git", "show", commit + ":" + path);
  }

  /** Whether a file other than {@code except} says {@code word}. */
  public boolean mentions(String word, String except) {
    return output("git", "grep", "-l", "-w", word, commit, "--", "src/main")
        .lines()
        .anyMatch(found -> !found.endsWith(except));
  }

  /** Its jar, with the libraries beside it. */
  public synchronized Path build() {
    Path home = BUILDS.resolve(commit);
    try {
      Files.createDirectories(home);
      try (FileChannel channel =
              FileChannel.open(
                  BUILDS.resolve(commit + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        assertThat(lock.isValid()).isTrue();
        if (!Files.exists(home.resolve("built"))) {
          compile(home);
          Files.createFile(home.resolve("built"));
        }
      }
      return home.resolve("target").resolve("parley.jar");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compile(Path home) {
    Path archive = home.resolve("source.tar");
    output("git", "archive", "--output", archive.toString(), commit);
    output("tar", "-x", "-C", home.toString(), "-f", archive.toString());
    String pom = home.resolve("pom.xml").toString();
    List<String> offline = List.of("mvn", "-B", "-q", "-o", "-f", pom);
    List<String> online = List.of("mvn", "-B", "-q", "-f", pom);
    List<String> goal = List.of("-Dmaven.test.skip=true", "package");
    if (!runs(joined(offline, goal))) {
      output(joined(online, goal));
    }
  }

  private static String[] joined(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toArray(String[]::new);
  }

  private static boolean runs(String... command) {
    return run(command).status() == 0;
  }

  private static String output(String... command) {
    Ended ended = run(command);
    // git grep ends with 1 if it finds nothing
    assertThat(ended.status())
        .describedAs("%s%n%s", String.join(" ", command), ended.output())
        .isIn(0, command[1].equals("grep") ? 1 : 0);
    return ended.output();
  }

  private record Ended(int status, String output) {}

  private static Ended run(String... command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), output);
    } catch (IOException e) {
      return new Ended(-1, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
