package io.parley;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The front of a {@link LocalCluster}: nginx with {@code conf/nginx.conf}, in which the ports are
 * replaced. It needs no rights beyond those of the user, and keeps its files in the data directory.
 */
final class LocalFront {
  private static final Path TEMPLATE = Path.of("conf", "nginx.conf");
  private static final int FIRST_PORT = 8_080;
  private static final long STOP_SECONDS = 1;

  /** Where nginx is when it is not on the path, as on Debian for users other than root. */
  private static final List<String> MORE_FOLDERS =
      List.of("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin");

  private final Path folder;
  private final String host;
  private final int port;
  private final int nodes;
  private final Path program;
  private @Nullable Process process;
  private boolean stopped;

  /** {@code nodes}: how many there are, at the ports above {@code port}. */
  LocalFront(Path folder, String host, int port, int nodes) throws IOException {
    this.folder = folder;
    this.host = host;
    this.port = port;
    this.nodes = nodes;
    this.program =
        find()
            .orElseThrow(
                () -> new IOException("the front is nginx: install it, e.g. by 'make setup'"));
  }

  private static Optional<Path> find() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), MORE_FOLDERS.stream())
        .filter(each -> !each.isEmpty())
        .map(each -> Path.of(each, "nginx"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts it; returns when it serves. Blocks. */
  void start() throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("temp"));
    Path conf = folder.resolve("nginx.conf");
    Files.writeString(conf, configuration());
    File log = folder.resolve("front.log").toFile();
    Process started = begin(conf, log);
    LocalNode.awaitOk(
        URI.create("http://127.0.0.1:" + port + "/health/ready"),
        started::isAlive,
        "The front did not start; see " + log);
  }

  private String configuration() throws IOException {
    String text = Files.readString(TEMPLATE);
    for (int i = 1; i <= nodes; i++) {
      text = text.replace("server 127.0.0.1:" + (FIRST_PORT + i) + " ", "server node-" + i + " ");
    }
    for (int i = 1; i <= nodes; i++) {
      text = text.replace("server node-" + i + " ", "server 127.0.0.1:" + (port + i) + " ");
    }
    return text.replace("listen 127.0.0.1:" + FIRST_PORT, "listen " + host + ":" + port);
  }

  private List<String> command(Path conf) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of("-p", folder + "/", "-c", conf.toString(), "-e", "stderr"));
    // as root its workers would be another user, who may not read the data directory
    String user = System.getProperty("user.name");
    command.addAll(List.of("-g", "daemon off;" + (user.equals("root") ? " user root;" : "")));
    return command;
  }

  private synchronized Process begin(Path conf, File log) throws IOException {
    if (stopped) {
      throw new IOException("The front is stopped.");
    }
    Process begun =
        new ProcessBuilder(command(conf))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start();
    process = begun;
    return begun;
  }

  /** Ends it and every connection. Blocks. */
  synchronized void stop() {
    stopped = true;
    if (process != null) {
      process.destroy();
      LocalNode.stopBy(process, System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS));
    }
  }
}
