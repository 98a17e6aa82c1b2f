package io.parley.store.embedded;

import io.parley.flow.Deadline;
import io.parley.settings.InvalidSettings;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded PostgreSQL server, in the data directory: durable, private, and found again after a
 * restart.
 *
 * <p>It listens on the loopback interface only, and asks even local programs for a password that
 * only the owner of the directory can read. The directory is locked, so one gateway uses it at a
 * time. A server that a killed gateway left running is adopted. Blocks; call it from a worker.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  static final String USER = "parley";
  public static final String DATABASE = "postgres";
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  private static final int PATIENCE_SECONDS = 60;
  private static final Duration IMMEDIATE_STOP = Duration.ofMillis(500);
  private static final int PORT_TRIES = 3;
  private static final long MOST_LOG_BYTES = 4 << 20;

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
          // errors quote message texts, which must not reach a log; the client gets them anyway
          "log_min_messages=log",
          "log_min_error_statement=panic",
          "log_error_verbosity=terse",
          "log_checkpoints=off",
          "autovacuum_naptime=15s");

  private final Path programs;
  private final Path cluster;
  private final DirectoryLock lock;
  private final int port;
  private final String superuserPassword;
  private final String password;

  private EmbeddedPostgres(
      Path programs,
      Path home,
      DirectoryLock lock,
      int port,
      String superuserPassword,
      String password) {
    this.programs = programs;
    this.cluster = cluster(home);
    this.lock = lock;
    this.port = port;
    this.superuserPassword = superuserPassword;
    this.password = password;
  }

  /** Starts the server of {@code dataDir}, or adopts the one that still runs there. */
  public static EmbeddedPostgres start(Path dataDir) throws IOException {
    Path home = Files.createDirectories(dataDir).toRealPath();
    DirectoryLock lock = DirectoryLock.acquire(home);
    try {
      Path programs = PostgresBinaries.folder();
      Path cluster = cluster(home);
      String superuser = initialised(programs, cluster, home);
      int port = running(programs, cluster).orElse(0);
      if (port > 0) {
        LOG.atWarn().addKeyValue("port", port).log("adopted the database left running");
      } else {
        port = launch(programs, cluster);
      }
      String password = GatewayRole.prepare(home, port, USER, superuser);
      return new EmbeddedPostgres(programs, home, lock, port, superuser, password);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static Path cluster(Path home) {
    return home.resolve("postgres");
  }

  /** For the gateway, whose role is no superuser. */
  public String url() {
    return url(GatewayRole.NAME, password);
  }

  /** For those who administer the server. */
  public String superuserUrl() {
    return url(USER, superuserPassword);
  }

  private String url(String user, String secret) {
    return "postgresql://" + user + ":" + secret + "@127.0.0.1:" + port + "/" + DATABASE;
  }

  @Override
  public void close() throws IOException {
    stop(Duration.ofSeconds(PATIENCE_SECONDS));
  }

  /**
   * Stops the server within {@code patience}: clients are disconnected, nothing committed is lost.
   * When the final checkpoint takes longer, the server ends without it and recovers at its next
   * start.
   */
  public void stop(Duration patience) throws IOException {
    try {
      // a server that crashed has nothing left to stop
      if (new Postmaster(cluster).process().isPresent()) {
        control(programs, cluster, "stop", "-m", "fast", "-W");
      }
      awaitEnd(Deadline.in(patience).minus(IMMEDIATE_STOP));
      if (new Postmaster(cluster).process().isPresent()) {
        LOG.atWarn().log("Embedded database stops without its final checkpoint");
        control(programs, cluster, "stop", "-m", "immediate", "-t", "1");
      }
    } finally {
      lock.close();
    }
  }

  private void awaitEnd(Deadline deadline) throws IOException {
    while (new Postmaster(cluster).process().isPresent() && !deadline.hasPassed()) {
      pause();
    }
  }

  /**
   * Creates the cluster unless it exists, and returns its password. It is created under another
   * name and then renamed, so that a half-created one is never used.
   */
  private static String initialised(Path programs, Path cluster, Path home) throws IOException {
    Path passwordFile = home.resolve("postgres.password");
    Path versionFile = cluster.resolve("PG_VERSION");
    if (Files.exists(versionFile)) {
      String version = Files.readString(versionFile).strip();
      if (!PostgresBinaries.VERSION.startsWith(version + ".")) {
        throw InvalidSettings.of(
            "data_dir",
            "the database in %s is of PostgreSQL %s, this Parley brings %s; dump and restore it"
                .formatted(home, version, PostgresBinaries.VERSION));
      }
      if (!Files.isReadable(passwordFile)) {
        throw InvalidSettings.of(
            "data_dir", passwordFile + " cannot be read; it is needed to sign in to the database");
      }
      return Files.readString(passwordFile).strip();
    }
    Path half = home.resolve("postgres.new");
    if (Files.exists(half)) {
      PostgresBinaries.delete(half);
    }
    String password = GatewayRole.newPassword();
    GatewayRole.writeSecret(passwordFile, password);
    PostgresProgram.run(
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

  /** The port of the server that runs on this cluster, if one does, when it is ready. */
  private static Optional<Integer> running(Path programs, Path cluster) throws IOException {
    Postmaster postmaster = new Postmaster(cluster);
    // it may still be recovering, or starting for a gateway that has been killed since
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (postmaster.process().isPresent()) {
      Optional<Integer> port = postmaster.readyOn();
      if (port.isPresent()) {
        return port;
      }
      if (postmaster.isStopping()) {
        control(programs, cluster, "stop", "-m", "fast");
      }
      if (System.nanoTime() - patience > 0) {
        throw new IOException("the database left running in " + cluster + " does not get ready");
      }
      pause();
    }
    return Optional.empty();
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the database");
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Starts the server on a free port, and on another if that was taken meanwhile. */
  private static int launch(Path programs, Path cluster) throws IOException {
    new Postmaster(cluster).forgetTheGone();
    Path log = cluster.resolveSibling("postgres.log");
    if (Files.exists(log) && Files.size(log) > MOST_LOG_BYTES) {
      Files.delete(log);
    }
    for (int tries = 1; ; tries++) {
      int port = freePort();
      try {
        StringBuilder options = new StringBuilder("-p " + port);
        SERVER.forEach(setting -> options.append(" -c '").append(setting).append('\''));
        control(programs, cluster, "start", "-l", log.toString(), "-o", options.toString());
        return port;
      } catch (IOException e) {
        if (tries == PORT_TRIES) {
          throw new IOException(e.getMessage() + "; see " + log, e);
        }
      }
    }
  }

  private static void control(Path programs, Path cluster, String verb, String... options)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(program(programs, "pg_ctl"), verb, "-D", cluster.toString()));
    command.addAll(List.of("-w", "-t", Integer.toString(PATIENCE_SECONDS)));
    command.addAll(List.of(options));
    PostgresProgram.run(command);
  }

  private static String program(Path programs, String name) {
    return programs.resolve("bin").resolve(name).toString();
  }
}
