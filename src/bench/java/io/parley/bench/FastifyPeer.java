package io.parley.bench;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The same endpoint as most would write it well: Fastify and pg, one statement for each request, on the peer's tables. */
final class FastifyPeer implements AutoCloseable {
  private final Child child;
  private final int port;
  private final AtomicLong next = new AtomicLong();

  private FastifyPeer(Child child, int port) {
    this.child = child;
    this.port = port;
  }

  /** Nothing when Node or its packages are not to be had here. */
  static Optional<FastifyPeer> start(Server server) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of("target", "fastify"));
    for (String file : List.of("package.json", "package-lock.json", "server.js", ".npmrc")) {
      Files.copy(Path.of("src/bench/fastify", file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    try {
      if (!Files.exists(folder.resolve("node_modules/fastify"))) {
        Process install = new ProcessBuilder("npm", "ci", "--silent", "--no-audit", "--no-fund").directory(folder.toFile()).inheritIO().start();
        if (!install.waitFor(3, TimeUnit.MINUTES) || install.exitValue() != 0) {
          return Optional.empty();
        }
      }
    } catch (IOException noNode) {
      return Optional.empty();
    }
    int port = Child.freePort();
    Child child =
        Child.start(
            "fastify",
            Map.of("PORT", Integer.toString(port), "DATABASE_URL", server.url.replace("/gateway", "/peer")),
            List.of("node", folder.resolve("server.js").toString()));
    child.ready("http://127.0.0.1:" + port + "/ready");
    return Optional.of(new FastifyPeer(child, port));
  }

  /** Messages a second. */
  double send(int connections, double seconds, String text) {
    try (Load load = new Load(port)) {
      return load.closed(connections, seconds, connection -> request(text), (connection, body) -> {}).perSecond();
    }
  }

  private Buffer request(String text) {
    int group = 1 + ThreadLocalRandom.current().nextInt(1_000);
    return Load.post("/messages/" + group, "Bearer any", "{\"body\":\"" + text + "\",\"client_id\":\"f" + next.incrementAndGet() + "\"}");
  }

  @Override
  public void close() {
    child.close();
  }
}
