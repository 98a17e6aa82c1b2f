package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The gateway as the clients of others see it, and ours: in Node.js, as they are published. */
@Tag("clients")
class ClientsTest {
  private static final Path SOURCE = Path.of("src", "test", "js");
  private static final Path FOLDER = Path.of("target", "clients");
  private static final File LOG = FOLDER.resolve("log").toFile();
  private static final String PARLEY_JS =
      Path.of("clients", "parley.js", "parley.js").toUri().toString();

  private final List<Process> started = new ArrayList<>();

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    Files.createDirectories(FOLDER);
    for (String file :
        List.of(
            "package.json", "package-lock.json", ".npmrc", "chat.mjs", "away.mjs", "manners.mjs")) {
      Files.copy(SOURCE.resolve(file), FOLDER.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    assumeTrue(hasNode(), "NOT TESTED: install Node.js 20 and npm");
    if (!Files.exists(FOLDER.resolve("node_modules/.package-lock.json"))) {
      Process npm =
          new ProcessBuilder("npm", "ci", "--silent", "--no-audit", "--no-fund")
              .directory(FOLDER.toFile())
              .redirectErrorStream(true)
              .redirectOutput(LOG)
              .start();
      npm.getOutputStream().close();
      assertThat(npm.waitFor(3, TimeUnit.MINUTES) && npm.exitValue() == 0)
          .describedAs("the published clients could be installed: %s", LOG)
          .isTrue();
    }
  }

  private static boolean hasNode() throws InterruptedException {
    try {
      return new ProcessBuilder("node", "--version").start().waitFor() == 0
          && new ProcessBuilder("npm", "--version").start().waitFor() == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  private BufferedReader run(String script, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("node", script, PARLEY_JS));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(FOLDER.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(LOG))
            .start();
    started.add(process);
    return process.inputReader();
  }

  private void endsWell() throws InterruptedException {
    Process last = started.getLast();
    assertThat(last.waitFor(60, TimeUnit.SECONDS)).describedAs("ends").isTrue();
    assertThat(last.exitValue()).describedAs("%s", LOG).isZero();
  }

  @Test
  void clientsOfEveryKindChatWithEachOther() throws Exception {
    String url = TestDatabase.fresh();
    try (TestGateway node = new TestGateway(url)) {
      BufferedReader output = run("chat.mjs", node.uri("").toString(), "all", "25");
      endsWell();
      assertThat(output.readLine()).isEqualTo("8 clients heard 200 messages each");
    }
    TimelineInvariants.check(url);
  }

  @Test
  @Tag("fault")
  void ourClientBacksOffAndGivesUpAsDocumented() throws Exception {
    BufferedReader output = run("manners.mjs");
    endsWell();
    assertThat(output.readLine()).isEqualTo("all is well");
  }

  @Test
  @Tag("fault")
  void ourClientLosesNothingWhenTheNodeGoesAway() throws Exception {
    goesAway("websocket");
  }

  @Test
  void ourClientLosesNothingOverHttpEither() throws Exception {
    goesAway("http");
  }

  private void goesAway(String transport) throws Exception {
    String url = TestDatabase.fresh();
    Map<String, String> settings = Map.of("PARLEY_HTTP_PORT", Integer.toString(freePort()));
    BufferedReader output;
    try (TestGateway before = new TestGateway(url, settings)) {
      output = run("away.mjs", before.uri("").toString(), "away", transport);
      assertThat(output.readLine()).isEqualTo("busy");
    }
    assertThat(output.readLine()).isEqualTo("lost");
    try (TestGateway _ = new TestGateway(url, settings)) {
      endsWell();
      assertThat(output.readLine()).endsWith("in order true, each once true");
    }
    TimelineInvariants.check(url);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
