package io.parley.store;

import io.parley.settings.InvalidSettings;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL of our own, in the data directory: durable, private, and there again after a
 * restart.
 *
 * <p>Private: it listens on loopback only and asks even local programs for a password that only
 * this directory's owner can read. One gateway at a time: the directory is locked. A server left
 * behind by a killed gateway is adopted, not fought. Blocks; call it from a worker.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  static final String USER = "parley";
  static final String DATABASE = "postgres";
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  private static final int PATIENCE_SECONDS = 60;

  private static final List<String> SERVER =
      List.of(
          "listen_addresses=127.0.0.1",
          "unix_socket_directories=",
          "fsync=on",
          "synchronous_commit=on",
          "full_page_writes=on",
          "max_connections=100",
          "shared_buffers=256MB",
          "max_wal_size=2GB",
          "checkpoint_timeout=15min",
          "wal_compression=on",
          "jit=off",
          "timezone=UTC",
          "log_timezone=UTC",
          "log_min_messages=warning",
          "autovacuum_naptime=15s");

  private final Path programs;
  private final Path cluster;
  private final FileChannel lock;
  private final int port;
  private final String password;

  private EmbeddedPostgres(
      Path programs, Path cluster, FileChannel lock, int port, String password) {
    this.programs = programs;
    this.cluster = cluster;
    this.lock = lock;
    this.port = port;
    this.password = password;
  }

  /** Starts the server of {@code dataDir}, or adopts the one that still runs there. */
  public static EmbeddedPostgres start(Path dataDir) throws IOException {
    Path home = dataDir.toAbsolutePath().normalize();
    Files.createDirectories(home);
    FileChannel lock = lock(home);
    try {
      Path programs = Binaries.folder();
      Path cluster = home.resolve("postgres");
      String password = initialised(programs, cluster, home);
      int port = running(cluster).orElse(0);
      if (port > 0) {
        LOG.atWarn().addKeyValue("port", port).log("adopted the database left running");
      } else {
        port = freePort();
        launch(programs, cluster, port);
      }
      return new EmbeddedPostgres(programs, cluster, lock, port, password);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  public String url() {
    return "postgresql://" + USER + ":" + password + "@127.0.0.1:" + port + "/" + DATABASE;
  }

  /** Stops the server: clients are cut, nothing committed is lost. */
  @Override
  public void close() throws IOException {
    run(
        List.of(
            program(programs, "pg_ctl"),
            "stop",
            "-D",
            cluster.toString(),
            "-m",
            "fast",
            "-w",
            "-t",
            "30"));
    lock.close();
  }

  private static FileChannel lock(Path home) throws IOException {
    FileChannel channel =
        FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock held = null;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      // told below, like one held elsewhere
    }
    if (held == null) {
      channel.close();
      throw new InvalidSettings(
          "data_dir: "
              + home
              + " is in use by another Parley; stop it, or give this one a directory of its own");
    }
    return channel;
  }

  /**
   * Makes the cluster, aside and then renamed, so that a half-made one is never taken for whole;
   * its password.
   */
  private static String initialised(Path programs, Path cluster, Path home) throws IOException {
    Path passwordFile = home.resolve("postgres.password");
    if (Files.exists(cluster.resolve("PG_VERSION"))) {
      return Files.readString(passwordFile).strip();
    }
    Path half = home.resolve("postgres.new");
    if (Files.exists(half)) {
      Binaries.delete(half);
    }
    String password = newPassword();
    Files.deleteIfExists(passwordFile);
    Files.createFile(
        passwordFile,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(passwordFile, password);
    run(
        List.of(
            program(programs, "initdb"),
            "-D",
            half.toString(),
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            "--pwfile=" + passwordFile,
            "-E",
            "UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8"));
    Files.move(half, cluster, StandardCopyOption.ATOMIC_MOVE);
    return password;
  }

  private static String newPassword() {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** The port of the server that runs on this cluster, if one does. */
  private static Optional<Integer> running(Path cluster) throws IOException {
    Path pidFile = cluster.resolve("postmaster.pid");
    if (!Files.exists(pidFile)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(pidFile);
    boolean alive =
        ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
            .filter(ProcessHandle::isAlive)
            .filter(process -> runsIn(process, cluster))
            .isPresent();
    return alive && lines.size() > 3
        ? Optional.of(Integer.parseInt(lines.get(3).strip()))
        : Optional.empty();
  }

  // a number in a file outlives the process it named; whoever has it now must be a server of this
  // very cluster
  private static boolean runsIn(ProcessHandle process, Path cluster) {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
      return line.contains("postgres") && line.contains(cluster.toString());
    } catch (IOException gone) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void launch(Path programs, Path cluster, int port) throws IOException {
    StringBuilder options = new StringBuilder("-p " + port);
    SERVER.forEach(setting -> options.append(" -c '").append(setting).append('\''));
    run(
        List.of(
            program(programs, "pg_ctl"),
            "start",
            "-D",
            cluster.toString(),
            "-l",
            cluster.resolveSibling("postgres.log").toString(),
            "-o",
            options.toString(),
            "-w",
            "-t",
            Integer.toString(PATIENCE_SECONDS)));
  }

  private static String program(Path programs, String name) {
    return programs.resolve("bin").resolve(name).toString();
  }

  /** Runs one of PostgreSQL's programs; as root in a user namespace, for they refuse to be root. */
  private static void run(List<String> command) throws IOException {
    List<String> whole = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      whole.addAll(List.of("unshare", "-U"));
    }
    whole.addAll(command);
    File output = Files.createTempFile("parley-postgres-", ".log").toFile();
    try {
      Process process =
          new ProcessBuilder(whole)
              .redirectErrorStream(true)
              .redirectOutput(output)
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .start();
      if (!process.waitFor(PATIENCE_SECONDS + 10L, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the database did not answer in time: " + String.join(" ", command));
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "the embedded database failed: " + Files.readString(output.toPath()).strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the database", e);
    } finally {
      Files.deleteIfExists(output.toPath());
    }
  }
}
