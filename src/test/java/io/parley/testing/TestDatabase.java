package io.parley.testing;

import io.parley.store.db.DatabaseAddress;
import io.parley.store.db.Migrations;
import io.parley.store.embedded.EmbeddedPostgres;
import io.parley.store.embedded.PostgresBinaries;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One real, durable PostgreSQL for all tests of this JVM; each asks for a database of its own,
 * already migrated.
 */
public final class TestDatabase {
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final Path FOLDER =
      Path.of("target", "test-database-" + System.getProperty("tests.fork", "0"));
  private static EmbeddedPostgres server;

  private TestDatabase() {}

  /** The url of a fresh database with the current schema. */
  public static synchronized String fresh() {
    try {
      if (server == null) {
        start();
      }
      String name = "test_" + ProcessHandle.current().pid() + "_" + NEXT.incrementAndGet();
      execute("create database " + name + " template parley_template");
      return server.url().replace("/" + EmbeddedPostgres.DATABASE, "/" + name);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Past the gateway. */
  public static Connection connect(String url) throws SQLException {
    return Migrations.connect(DatabaseAddress.of(url));
  }

  private static void start() throws Exception {
    server = EmbeddedPostgres.start(FOLDER);
    Runtime.getRuntime().addShutdownHook(new Thread(TestDatabase::stop));
    execute("drop database if exists parley_template with (force)");
    execute("create database parley_template");
    Migrations.run(
        DatabaseAddress.of(
            server.url().replace("/" + EmbeddedPostgres.DATABASE, "/parley_template")));
  }

  private static void stop() {
    try {
      server.close();
      PostgresBinaries.delete(FOLDER);
    } catch (Exception e) {
      System.err.println("the test database did not stop cleanly: " + e);
    }
  }

  private static void execute(String sql) throws Exception {
    try (Connection connection = Migrations.connect(DatabaseAddress.of(server.url()));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
