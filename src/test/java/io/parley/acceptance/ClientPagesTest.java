package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.parley.demo.Demo;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestGateway;
import io.parley.testing.Tools;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The code of the client pages works as it stands: the blocks of a page are one program, which runs
 * against a gateway and prints what the page says.
 */
@Tag("clients")
@ExtendWith(GatewayExtension.class)
class ClientPagesTest {
  private static final Path PAGES = Path.of("docs", "clients");
  private static final Path PACKAGE = Path.of("clients", "parley.js").toAbsolutePath();
  private static final Path FOLDER = Path.of("target", "client-pages").toAbsolutePath();
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");

  private static TestGateway gateway;

  @BeforeAll
  static void start(
      @WithSettings({
            "PARLEY_MODE=sandbox",
            "PARLEY_SIMULATOR_PORT=0",
            "PARLEY_WEBHOOK_SECRET=whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
          })
          TestGateway shared)
      throws Exception {
    gateway = shared;
    Demo.main(new String[] {gateway.uri("").toString()});
    Path modules = Files.createDirectories(FOLDER.resolve("node_modules/@parley-gateway"));
    link(modules.resolve("client"), PACKAGE);
  }

  private static void link(Path link, Path target) throws IOException {
    Files.createDirectories(link.getParent());
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, target);
  }

  private static String blocks(String page, String language) throws IOException {
    return BLOCK
        .matcher(Files.readString(PAGES.resolve(page)))
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .collect(Collectors.joining("\n"));
  }

  /** Writes the program of a page, for the gateway of this test. */
  private static String program(String page, String language, String file) throws IOException {
    String port = Integer.toString(gateway.uri("").getPort());
    Files.writeString(FOLDER.resolve(file), blocks(page, language).replace("8080", port));
    return file;
  }

  /** Each line of the page's output blocks is printed, in that order. */
  private static void assertPrints(String page, String printed) throws IOException {
    List<String> lines = printed.lines().map(String::strip).toList();
    int from = 0;
    for (String expected : blocks(page, "text").lines().filter(line -> !line.isBlank()).toList()) {
      int found = from;
      while (found < lines.size() && !fits(lines.get(found), expected)) {
        found++;
      }
      assertThat(found).as("\"%s\" in\n%s", expected, printed).isLessThan(lines.size());
      from = found + 1;
    }
  }

  // the output of a tool may go on in the same line
  private static boolean fits(String line, String expected) {
    String pattern =
        Stream.of(expected.strip().split("…", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return Pattern.compile(pattern).matcher(line).find();
  }

  @Test
  void thePageOfCurl() throws Exception {
    String program = program("curl.md", "sh", "curl.sh");
    assertPrints("curl.md", Tools.run(FOLDER, List.of("bash", "-eu", program)));
  }

  @Test
  void thePageOfHttpie() throws Exception {
    assumeTrue(Tools.succeeds("http", "--version"), "NOT TESTED: install httpie");
    Files.createDirectories(FOLDER.resolve("httpie"));
    // as at a terminal, which a script has not
    Files.writeString(
        FOLDER.resolve("httpie/config.json"),
        "{\"default_options\":[\"--ignore-stdin\",\"--pretty=format\"]}");
    String settings = "HTTPIE_CONFIG_DIR=" + FOLDER.resolve("httpie");
    String program = program("httpie.md", "sh", "httpie.sh");
    assertPrints("httpie.md", Tools.run(FOLDER, List.of("env", settings, "bash", "-eu", program)));
  }

  @Test
  void thePageOfPython() throws Exception {
    String imports = "import requests, websockets";
    String python =
        Tools.succeeds("/usr/bin/python3", "-c", imports) ? "/usr/bin/python3" : "python3";
    assumeTrue(
        Tools.succeeds(python, "-c", imports),
        "NOT TESTED: install python3-requests and python3-websockets");
    String program = program("python.md", "python", "page.py");
    assertPrints("python.md", Tools.run(FOLDER, List.of(python, "-u", program)));
  }

  @Test
  void thePageOfJavaScript() throws Exception {
    assumeTrue(Tools.succeeds("node", "--version"), "NOT TESTED: install Node.js 20");
    String program = program("javascript.md", "js", "page.mjs");
    assertPrints("javascript.md", Tools.run(FOLDER, List.of("node", program)));
  }

  @Test
  void thePageOfTypeScript() throws Exception {
    Tools.installPackages(PACKAGE);
    Path modules = PACKAGE.resolve("node_modules");
    link(FOLDER.resolve("node_modules/@types/node"), modules.resolve("@types/node"));
    link(FOLDER.resolve("node_modules/undici-types"), modules.resolve("undici-types"));
    Files.writeString(FOLDER.resolve("package.json"), "{\"type\":\"module\"}");
    Files.writeString(FOLDER.resolve("tsconfig.json"), blocks("typescript.md", "json"));
    program("typescript.md", "ts", "page.ts");
    Tools.run(FOLDER, List.of(modules.resolve(".bin/tsc").toString(), "--project", "."));
    assertPrints("typescript.md", Tools.run(FOLDER, List.of("node", "page.js")));
  }

  @Test
  void theTypesOfParleyJsFitItsCode() throws Exception {
    Tools.installPackages(PACKAGE);
    Tools.run(PACKAGE, List.of("npm", "test", "--silent"));
  }

  @Test
  void thePageOfJava() throws Exception {
    String program = program("java.md", "java", "Chat.java");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        List.of(
            java,
            "--enable-native-access=ALL-UNNAMED",
            "-Dlogback.configurationFile=" + Path.of("conf/logback.xml").toAbsolutePath(),
            "-cp",
            classPath(),
            program);
    assertPrints("java.md", Tools.run(FOLDER, command));
  }

  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void everyPageIsTested() throws IOException {
    try (Stream<Path> files = Files.list(PAGES)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "README.md",
              "curl.md",
              "httpie.md",
              "java.md",
              "javascript.md",
              "python.md",
              "typescript.md");
    }
    for (String page : List.of("curl.md", "httpie.md", "java.md", "python.md", "typescript.md")) {
      assertThat(headings(page)).contains("Sign in", "Send once", "Upload");
    }
  }

  private static List<String> headings(String page) throws IOException {
    return Pattern.compile("(?m)^## (.+)$")
        .matcher(Files.readString(PAGES.resolve(page)))
        .results()
        .map((MatchResult heading) -> heading.group(1))
        .toList();
  }
}
