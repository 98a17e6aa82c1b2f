package io.parley.bench;

import io.parley.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The send endpoint as it is usually written: Fastify and pg, one statement per request, on the
 * peers' tables.
 */
final class FastifyPeer implements AutoCloseable {
  static final String MISSING =
      "NOT MEASURED: install Node.js 20 and npm, and let npm reach its registry once";

  private final BenchProcess process;
  private final int port;

  private FastifyPeer(BenchProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Nothing when Node.js or the packages are not to be had here. */
  static Optional<FastifyPeer> start(BenchPostgres postgres)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of("target", "fastify"));
    for (String file : List.of("package.json", "package-lock.json", "server.js", ".npmrc")) {
      Path source = Path.of("src", "bench", "fastify", file);
      Files.copy(source, folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!installed(folder)) {
      System.out.println("Fastify + pg: " + MISSING);
      return Optional.empty();
    }
    int port = ChildProcess.freePort();
    Map<String, String> environment =
        Map.of(
            "NODE_ENV", "production",
            "PORT", Integer.toString(port),
            "DATABASE_URL", postgres.url(PeerTables.DATABASE));
    List<String> command = List.of("node", folder.resolve("server.js").toString());
    BenchProcess process = BenchProcess.start("fastify", environment, command);
    try {
      double _ = process.awaitReady("http://127.0.0.1:" + port + "/ready");
      return Optional.of(new FastifyPeer(process, port));
    } catch (RuntimeException | AssertionError e) {
      process.close();
      throw e;
    }
  }

  private static boolean installed(Path folder) throws InterruptedException {
    if (Files.exists(folder.resolve("node_modules/.package-lock.json"))) {
      return true;
    }
    try {
      Process install =
          new ProcessBuilder("npm", "ci", "--silent", "--no-audit", "--no-fund")
              .directory(folder.toFile())
              .inheritIO()
              .start();
      boolean ended = install.waitFor(3, TimeUnit.MINUTES);
      install.destroyForcibly();
      return ended && install.exitValue() == 0;
    } catch (IOException noNode) {
      return false;
    }
  }

  int port() {
    return port;
  }

  double cpu() {
    return ProcessCpu.family(process.pid());
  }

  @Override
  public void close() {
    process.close();
  }
}
