package io.parley.store.embedded;

import io.parley.flow.Deadline;
import io.parley.settings.InvalidSettings;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  public static final String DATABASE = "postgres";
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  private static final String REFUSES_ROOT =
      "PostgreSQL refuses to run as root, and this machine does not allow us to be another user."
          + " Start Parley as another user, or set PARLEY_DATABASE_URL.";
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
          // errors quote what people wrote; whoever asked is told them anyway
          "log_min_messages=log",
          "log_min_error_statement=panic",
          "log_error_verbosity=terse",
          "log_checkpoints=off",
          "autovacuum_naptime=15s");

  // glibc gives memory back to the kernel after every larger statement, and each page of it is a
  // fault when the next one comes: two thirds of what a statement with 256 KiB cost
  private static final Map<String, String> MEMORY =
      Map.of(
          "MALLOC_TRIM_THRESHOLD_", Integer.toString(16 << 20),
          "MALLOC_MMAP_THRESHOLD_", Integer.toString(16 << 20),
          "MALLOC_TOP_PAD_", Integer.toString(256 << 10));

  // a file lock belongs to the whole process and goes with the first channel closed on its file, so
  // a second try from the same process must not even open it
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path programs;
  private final Path home;
  private final Path cluster;
  private final FileChannel lock;
  private final int port;
  private final String password;

  private EmbeddedPostgres(Path programs, Path home, FileChannel lock, int port, String password) {
    this.programs = programs;
    this.home = home;
    this.cluster = cluster(home);
    this.lock = lock;
    this.port = port;
    this.password = password;
  }

  /** Starts the server of {@code dataDir}, or adopts the one that still runs there. */
  public static EmbeddedPostgres start(Path dataDir) throws IOException {
    Path home = Files.createDirectories(dataDir).toRealPath();
    FileChannel lock = lock(home);
    try {
      Path programs = PostgresBinaries.folder();
      Path cluster = cluster(home);
      String password = initialised(programs, cluster, home);
      int port = running(programs, cluster).orElse(0);
      if (port > 0) {
        LOG.atWarn().addKeyValue("port", port).log("adopted the database left running");
      } else {
        port = launch(programs, cluster);
      }
      return new EmbeddedPostgres(programs, home, lock, port, password);
    } catch (IOException | RuntimeException e) {
      unlock(lock, home);
      throw e;
    }
  }

  private static Path cluster(Path home) {
    return home.resolve("postgres");
  }

  public String url() {
    return "postgresql://" + USER + ":" + password + "@127.0.0.1:" + port + "/" + DATABASE;
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
      unlock(lock, home);
    }
  }

  private void awaitEnd(Deadline deadline) throws IOException {
    while (new Postmaster(cluster).process().isPresent() && !deadline.hasPassed()) {
      pause();
    }
  }

  private static FileChannel lock(Path home) throws IOException {
    if (!HELD_HERE.add(home)) {
      throw inUse(home);
    }
    try {
      FileChannel channel =
          FileChannel.open(
              home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw inUse(home);
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      HELD_HERE.remove(home);
      throw e;
    }
  }

  private static void unlock(FileChannel lock, Path home) throws IOException {
    lock.close();
    HELD_HERE.remove(home);
  }

  private static InvalidSettings inUse(Path home) {
    return InvalidSettings.of(
        "data_dir",
        home + " is in use by another Parley; stop it, or give this one a directory of its own");
  }

  /**
   * Makes the cluster, aside and then renamed, so that a half-made one is never taken for whole;
   * its password.
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

  /** The port of the server that runs on this cluster, once it is ready; if one does. */
  private static Optional<Integer> running(Path programs, Path cluster) throws IOException {
    Postmaster postmaster = new Postmaster(cluster);
    // it may still be recovering, or starting for a gateway that was killed meanwhile
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

  /** Starts the server and tells its port: a free one, and another if somebody was faster. */
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
    run(command);
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
      ProcessBuilder program =
          new ProcessBuilder(whole)
              .redirectErrorStream(true)
              .redirectOutput(output)
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
      MEMORY.forEach(program.environment()::putIfAbsent);
      Process process = started(program);
      if (!process.waitFor(PATIENCE_SECONDS + 10L, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the database did not answer in time: " + String.join(" ", command));
      }
      if (process.exitValue() != 0) {
        String said = Files.readString(output.toPath()).strip();
        throw new IOException(
            said.contains("unshare") ? REFUSES_ROOT : "the embedded database failed: " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the database", e);
    } finally {
      Files.deleteIfExists(output.toPath());
    }
  }

  private static Process started(ProcessBuilder program) throws IOException {
    try {
      return program.start();
    } catch (IOException absent) {
      throw program.command().contains("unshare") ? new IOException(REFUSES_ROOT, absent) : absent;
    }
  }
}
