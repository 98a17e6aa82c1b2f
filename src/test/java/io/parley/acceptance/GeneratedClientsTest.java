package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    Path folder = copied("typescript");
    Files.copy(CONTRACT, folder.resolve("openapi.yaml"), StandardCopyOption.REPLACE_EXISTING);
    Tools.installPackages(folder);
    Tools.run(folder, List.of("npm", "run", "--silent", "lint"));
    Tools.run(folder, List.of("npm", "run", "--silent", "generate"));
    Tools.run(folder, List.of("npm", "run", "--silent", "build"));
    converse(folder, List.of("node", "out/conversation.js"));
  }

  @Test
  void aPythonClientConverses() throws Exception {
    Optional<Path> generator = generator();
    assumeTrue(generator.isPresent(), "NOT TESTED: the profile clients fetches the generator");
    String python = python();
    assumeTrue(!python.isEmpty(), "NOT TESTED: install python3-pydantic and python3-dateutil");
    Path folder = copied("python");
    String language = Tools.run(folder, List.of(python, "-c", PYDANTIC)).strip();
    Tools.run(
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
      assertThat(Tools.run(folder, whole)).endsWith("all is well\n");
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
      if (Tools.succeeds(python, "-c", PYDANTIC)) {
        return python;
      }
    }
    return "";
  }

  private static Path copied(String client) throws IOException {
    return Tools.copy(SOURCE.resolve(client), FOLDER.resolve(client));
  }
}
