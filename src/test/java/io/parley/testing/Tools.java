package io.parley.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of other languages, which a machine has or has not. */
public final class Tools {
  private static final int MINUTES = 3;

  private Tools() {}

  /** Whether a command can be run, and succeeds. */
  public static boolean succeeds(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  /** Runs a command to its end, which has to be a success, and returns what it printed. */
  public static String run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("output-", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String printed = Files.readString(output);
    Files.delete(output);
    assertThat(ended).as("%s ended in time: %s", command, printed).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, printed).isZero();
    return printed;
  }

  /** Installs the packages that {@code package-lock.json} in the folder names, if npm is there. */
  public static void installPackages(Path folder) throws IOException, InterruptedException {
    assumeTrue(succeeds("npm", "--version"), "NOT TESTED: install Node.js 20 and npm");
    if (!Files.exists(folder.resolve("node_modules/.package-lock.json"))) {
      run(folder, List.of("npm", "ci", "--silent", "--no-audit", "--no-fund"));
    }
  }

  /** Copies the files of a folder into another one. */
  public static Path copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return to;
  }
}
