package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients generated from the contract hold a conversation with a gateway: in TypeScript and in
 * Python, as somebody gets them who points a generator at {@code /openapi.yaml}.
 */
@Tag("clients")
class GeneratedClientsTest {
  private static final Path SOURCE = Path.of("src", "test", "clients");
  private static final Path FOLDER = Path.of("target", "generated-clients");
  private static final Path CONTRACT = Path.of("src", "main", "resources", "openapi.yaml");

  /** Where the profile {@code clients} of the build puts it. */
  private static final Path GENERATOR = Path.of("target", "openapi-generator");

  private static final String PYDANTIC =
      "import pydantic, urllib3, dateutil; print(pydantic.VERSION.split('.')[0])";

  @Test
  void theContractPassesALinterAndATypeScriptClientConverses() throws Exception {
    assumeTrue(runs("node", "--version") && runs("npm", "--version"), "NOT TESTED: no Node.js");
    Path folder = copied("typescript");
    Files.copy(CONTRACT, folder.resolve("openapi.yaml"), StandardCopyOption.REPLACE_EXISTING);
    if (!Files.exists(folder.resolve("node_modules/.package-lock.json"))) {
      run(folder, List.of("npm", "ci", "--silent", "--no-audit", "--no-fund"));
    }
    run(folder, List.of("npm", "run", "--silent", "lint"));
    run(folder, List.of("npm", "run", "--silent", "generate"));
    run(folder, List.of("npm", "run", "--silent", "build"));
    converse(folder, List.of("node", "out/conversation.js"));
  }

  @Test
  void aPythonClientConverses() throws Exception {
    Optional<Path> generator = generator();
    assumeTrue(generator.isPresent(), "NOT TESTED: the profile clients fetches the generator");
    String python = python();
    assumeTrue(!python.isEmpty(), "NOT TESTED: install python3-pydantic and python3-dateutil");
    Path folder = copied("python");
    String language = run(folder, List.of(python, "-c", PYDANTIC)).strip();
    run(
        folder,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-jar",
            generator.get().toAbsolutePath().toString(),
            "generate",
            "--generator-name",
            language.equals("1") ? "python-pydantic-v1" : "python",
            "--input-spec",
            CONTRACT.toAbsolutePath().toString(),
            "--output",
            "client",
            "--additional-properties=packageName=parley_client",
            "--global-property=apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"));
    converse(folder, List.of(python, "conversation.py", "client"));
  }

  private static void converse(Path folder, List<String> command) throws Exception {
    try (TestGateway gateway = new TestGateway(TestDatabase.fresh())) {
      List<String> whole = new ArrayList<>(command);
      whole.add(gateway.uri("").toString());
      assertThat(run(folder, whole)).endsWith("all is well\n");
    }
  }

  private static Optional<Path> generator() throws IOException {
    if (!Files.isDirectory(GENERATOR)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(GENERATOR)) {
      return files.filter(file -> file.toString().endsWith(".jar")).findFirst();
    }
  }

  /** An interpreter with what generated clients need; empty if there is none. */
  private static String python() throws InterruptedException {
    for (String python : List.of("/usr/bin/python3", "python3")) {
      if (runs(python, "-c", PYDANTIC)) {
        return python;
      }
    }
    return "";
  }

  private static Path copied(String client) throws IOException {
    Path folder = Files.createDirectories(FOLDER.resolve(client));
    try (Stream<Path> files = Files.list(SOURCE.resolve(client))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return folder;
  }

  private static boolean runs(String... command) throws InterruptedException {
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

  /** Runs a command to its end and returns what it printed. */
  private static String run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    File log = folder.resolve("log").toFile();
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    process.destroyForcibly();
    String output = Files.readString(log.toPath());
    assertThat(ended && process.exitValue() == 0).describedAs("%s: %s", command, output).isTrue();
    return output;
  }
}
