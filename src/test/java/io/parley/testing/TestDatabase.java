package io.parley.testing;

import io.parley.settings.DatabaseTimeouts;
import io.parley.store.db.DatabaseAddress;
import io.parley.store.db.Migrations;
import io.parley.store.embedded.EmbeddedPostgres;
import io.parley.store.embedded.PostgresBinaries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database with the current schema, on the one PostgreSQL of this JVM, and direct SQL on it.
 *
 * <p>A copy of a template that was migrated once: cheap enough for a database per test.
 */
public record TestDatabase(String url) {
  /** The time-outs of a node, as they are by default. */
  public static final DatabaseTimeouts TIMEOUTS =
      new DatabaseTimeouts(
          Duration.ofSeconds(2),
          Duration.ofSeconds(8),
          Duration.ofSeconds(4),
          Duration.ofSeconds(4),
          Duration.ofSeconds(1),
          Duration.ofMillis(1_200),
          Duration.ofSeconds(30));

  /** Time-outs for tests of something else, which may run on a busy machine. */
  public static final DatabaseTimeouts PATIENT =
      new DatabaseTimeouts(
          Duration.ofSeconds(10),
          Duration.ofSeconds(20),
          Duration.ofSeconds(15),
          Duration.ofSeconds(15),
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30));

  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final String TEMPLATE = "parley_template";

  /** One for each fork of the build: a folder is locked by the server that runs on it. */
  private static final Path FOLDER =
      Path.of("target", "test-database-" + System.getProperty("tests.fork", "single"));

  private static EmbeddedPostgres server;

  /** A fresh one whose commits do not wait for the disk: nothing crashes the server under it. */
  public static TestDatabase create() {
    TestDatabase database = durable();
    database.run("alter database " + database.name() + " set synchronous_commit = off");
    return database;
  }

  /**
   * A fresh one as it is in production, for tests that cut connections in the middle of commits.
   */
  public static synchronized TestDatabase durable() {
    try {
      if (server == null) {
        start();
      }
      String name = "test_" + ProcessHandle.current().pid() + "_" + NEXT.incrementAndGet();
      execute("create database " + name + " template " + TEMPLATE);
      return new TestDatabase(urlOf(name));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The url of {@link #create()}. */
  public static String fresh() {
    return create().url();
  }

  /** The log of the server that all databases share. */
  public static Path log() {
    return FOLDER.resolve("postgres.log");
  }

  public String name() {
    return url.substring(url.lastIndexOf('/') + 1);
  }

  private static String urlOf(String name) {
    return server.superuserUrl().replace("/" + EmbeddedPostgres.DATABASE, "/" + name);
  }

  private static void start() throws Exception {
    server = EmbeddedPostgres.start(FOLDER);
    Runtime.getRuntime().addShutdownHook(new Thread(TestDatabase::stop));
    execute("drop database if exists " + TEMPLATE + " with (force)");
    execute("create database " + TEMPLATE);
    Migrations.run(DatabaseAddress.of(urlOf(TEMPLATE)));
  }

  private static void stop() {
    try {
      // killed, for nobody reads it again: a clean stop writes every database to the disk first
      String process = Files.readAllLines(FOLDER.resolve("postgres/postmaster.pid")).getFirst();
      ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(process.strip())).orElseThrow();
      postmaster.destroyForcibly();
      postmaster.onExit().get(10, TimeUnit.SECONDS);
      // moved first: its children may still be ending, and half a folder must not be found again
      Path gone = FOLDER.resolveSibling(FOLDER.getFileName() + "-" + process.strip());
      PostgresBinaries.delete(Files.move(FOLDER, gone));
    } catch (Exception e) {
      System.err.println("the test database did not stop cleanly: " + e);
    }
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = connect(server.superuserUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** A connection of the test's own, past the gateway. */
  public static Connection connect(String url) throws SQLException {
    return Migrations.connect(DatabaseAddress.of(url));
  }

  public Connection connect() throws SQLException {
    return connect(url);
  }

  /** Runs one or more statements. */
  public void run(String sql) {
    try (Connection connection = connect()) {
      run(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The rows of a query, each column as text; none of a statement without a result. */
  public List<List<String>> rows(String sql) {
    try (Connection connection = connect()) {
      return rows(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The first column of the first row. */
  public String one(String sql) {
    return rows(sql).getFirst().getFirst();
  }

  public static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  public static List<List<String>> rows(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      List<List<String>> all = new ArrayList<>();
      ResultSet rows = statement.execute(sql) ? statement.getResultSet() : null;
      while (rows != null && rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(row);
      }
      return all;
    }
  }
}
