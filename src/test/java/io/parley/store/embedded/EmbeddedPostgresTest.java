package io.parley.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.settings.InvalidSettings;
import io.parley.store.db.DatabaseAddress;
import io.parley.testing.ChildProcess;
import io.parley.testing.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("fault")
public class EmbeddedPostgresTest {
  @TempDir private Path folder;
  private int outputs;

  /** A gateway's database in a process of its own: prints its url, then waits to be killed. */
  public static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try {
        System.out.println(EmbeddedPostgres.start(Path.of(arguments[0])).url());
        System.out.flush();
        Thread.currentThread().join();
      } catch (InvalidSettings refused) {
        System.out.println("refused: " + refused.getMessage().replace("\n", " "));
      }
    }
  }

  /** Unpacks, says where. */
  public static final class Unpacker {
    private Unpacker() {}

    public static void main(String[] arguments) throws Exception {
      System.out.println(PostgresBinaries.folder());
    }
  }

  private ChildProcess spawn(Class<?> main, Map<String, String> environment, Path argument)
      throws IOException {
    Path output = Files.createDirectory(folder.resolve("output-" + outputs++));
    return ChildProcess.java(output, environment, main, argument.toString());
  }

  /** The line of its output that begins so, once it has been printed. */
  private static String printed(ChildProcess process, String start) {
    process.awaitWhileAlive(
        "a line that begins with " + start, () -> line(process, start).isPresent());
    return line(process, start).orElseThrow();
  }

  private static Optional<String> line(ChildProcess process, String start) {
    String output = process.output();
    // the last line may be half written
    return output
        .substring(0, output.lastIndexOf('\n') + 1)
        .lines()
        .filter(each -> each.startsWith(start))
        .findFirst();
  }

  private static long postmaster(Path folder) throws IOException {
    return Long.parseLong(
        Files.readAllLines(folder.resolve("postgres/postmaster.pid")).getFirst().strip());
  }

  /** Ends the server of this folder as a power cut would. */
  public static void kill(Path folder) throws Exception {
    ProcessHandle server = ProcessHandle.of(postmaster(folder)).orElseThrow();
    server.destroyForcibly();
    server.onExit().get(10, TimeUnit.SECONDS);
  }

  private static String one(String url, String sql) {
    return new TestDatabase(url).one(sql);
  }

  private static void run(String url, String sql) {
    new TestDatabase(url).run(sql);
  }

  @Test
  void contentAndPasswordSurviveARestart() throws Exception {
    String password;
    try (EmbeddedPostgres server = EmbeddedPostgres.start(folder)) {
      run(server.url(), "create table note as select 'kept' as text");
      password = DatabaseAddress.of(server.url()).password();
    }
    long before = System.nanoTime();
    try (EmbeddedPostgres server = EmbeddedPostgres.start(folder)) {
      System.out.println("restart ms " + (System.nanoTime() - before) / 1_000_000);
      assertThat(one(server.url(), "select text from note")).isEqualTo("kept");
      assertThat(DatabaseAddress.of(server.url()).password()).isEqualTo(password);
      for (String durable : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        assertThat(one(server.url(), "show " + durable)).isEqualTo("on");
      }
    }
  }

  @Test
  void connectionsNeedThePassword() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.start(folder)) {
      URI address = URI.create(server.url());
      String url = "jdbc:postgresql://127.0.0.1:" + address.getPort() + "/postgres?user=parley";
      assertThatThrownBy(() -> DriverManager.getConnection(url + "&password=guess"))
          .isInstanceOf(SQLException.class);
      assertThat(one(server.url(), "show unix_socket_directories")).isEmpty();
      assertThat(one(server.url(), "show listen_addresses")).isEqualTo("127.0.0.1");
      for (String secret : List.of("postgres.password", "postgres.log")) {
        assertThat(
                PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(folder.resolve(secret))))
            .as(secret)
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void neverLogsTheTextsOfMessages() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.start(folder)) {
      run(server.url(), "create table note (text text unique)");
      run(server.url(), "insert into note values ('a secret of Ann')");
      assertThatThrownBy(() -> run(server.url(), "insert into note values ('a secret of Ann')"))
          .hasCauseInstanceOf(SQLException.class);
    }
    assertThat(Files.readString(folder.resolve("postgres.log"))).doesNotContain("Ann");
  }

  @Test
  void aSecondGatewayInTheSameFolderIsRefused() throws Exception {
    EmbeddedPostgres server = EmbeddedPostgres.start(folder);
    try {
      assertThatThrownBy(() -> EmbeddedPostgres.start(folder))
          .isInstanceOf(InvalidSettings.class)
          .hasMessageContaining("in use");
      // the refusal above must not have opened the door to others
      try (ChildProcess second = spawn(Holder.class, Map.of(), folder)) {
        assertThat(printed(second, "refused")).contains("in use");
        assertThat(second.output()).doesNotContain("postgresql:");
      }
    } finally {
      server.close();
    }
    EmbeddedPostgres.start(folder).close();
  }

  @Test
  void theServerOfAKilledGatewayIsAdopted() throws Exception {
    ChildProcess killed = spawn(Holder.class, Map.of(), folder);
    String url = printed(killed, "postgresql:");
    run(url, "create table note as select 'kept' as text");
    long server = postmaster(folder);
    killed.kill();
    try (EmbeddedPostgres adopted = EmbeddedPostgres.start(folder)) {
      assertThat(adopted.url()).isEqualTo(url);
      assertThat(postmaster(folder)).isEqualTo(server);
      assertThat(one(adopted.url(), "select text from note")).isEqualTo("kept");
    }
    Optional<ProcessHandle> left = ProcessHandle.of(server);
    if (left.isPresent()) {
      assertThat(left.get().onExit().get(10, TimeUnit.SECONDS).isAlive()).isFalse();
    }
  }

  @Test
  void theServerStartsAfterAPowerCut() throws Exception {
    EmbeddedPostgres server = EmbeddedPostgres.start(folder);
    run(server.url(), "create table note as select 'kept' as text");
    kill(folder);
    server.close();
    try (EmbeddedPostgres again = EmbeddedPostgres.start(folder)) {
      assertThat(one(again.url(), "select text from note")).isEqualTo("kept");
    }
  }

  @Test
  void staleProcessFilesAreIgnored() throws Exception {
    EmbeddedPostgres.start(folder).close();
    Path pidFile = folder.resolve("postgres/postmaster.pid");
    for (String remains : List.of("", "no number\n", ProcessHandle.current().pid() + "\n")) {
      Files.writeString(pidFile, remains);
      EmbeddedPostgres.start(folder).close();
    }
  }

  @Test
  void theTerminalsInterruptDoesNotReachTheServer() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.start(folder)) {
      assertThat(server.url()).isNotEmpty();
      assertThat(session(postmaster(folder))).isNotEqualTo(session(ProcessHandle.current().pid()));
    }
  }

  private static String session(long process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process + "/stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3];
  }

  @Test
  void concurrentStartsUnpackOnce() throws Exception {
    Map<String, String> cache = Map.of("XDG_CACHE_HOME", folder.toString());
    List<ChildProcess> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      all.add(spawn(Unpacker.class, cache, folder));
    }
    for (ChildProcess each : all) {
      String home = printed(each, "/");
      assertThat(Path.of(home).resolve("bin/postgres")).isExecutable();
    }
    try (var left = Files.list(folder.resolve("parley"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactly("postgresql-" + PostgresBinaries.VERSION);
    }
  }
}
