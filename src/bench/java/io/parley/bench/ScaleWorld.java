package io.parley.bench;

import io.parley.store.db.DatabaseAddress;
import io.parley.store.db.Migrations;
import io.parley.store.embedded.EmbeddedPostgres;
import io.parley.testing.ScaleData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A large and a small data set of one shape, each in a database of its own in one data directory:
 * the large one has a million accounts and conversations, ten million items and two million
 * deliveries, the small one a thousandth of that. Both are deterministic.
 *
 * <p>Building takes ten minutes, so a directory is built once and used by many runs.
 */
final class ScaleWorld {
  static final String LARGE = "scale_large";
  static final String SMALL = "scale_small";
  private static final int LARGE_ACCOUNTS = 1_000_000;
  private static final int SMALL_ACCOUNTS = 1_000;

  private static final String FINISHED = "built";

  // while loading: what a table got in the transaction that emptied it is synced, not logged
  private static final List<String> LOADING =
      List.of(
          "wal_level = minimal",
          "max_wal_senders = 0",
          "autovacuum = off",
          "work_mem = '512MB'",
          "maintenance_work_mem = '1GB'",
          "max_parallel_maintenance_workers = 2");

  private ScaleWorld() {}

  /** Builds both data sets in the directory that is the first argument, unless they are there. */
  public static void main(String[] arguments) throws IOException, SQLException {
    build(Path.of(arguments[0]));
  }

  static void build(Path home) throws IOException, SQLException {
    if (Files.exists(home.resolve(FINISHED))) {
      return;
    }
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home)) {
      for (String setting : LOADING) {
        execute(server, EmbeddedPostgres.DATABASE, "alter system set " + setting);
      }
    }
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home)) {
      fill(server, SMALL, SMALL_ACCOUNTS);
      fill(server, LARGE, LARGE_ACCOUNTS);
      execute(server, EmbeddedPostgres.DATABASE, "alter system reset all");
    }
    Files.createFile(home.resolve(FINISHED));
  }

  private static void fill(EmbeddedPostgres server, String database, int accounts)
      throws IOException, SQLException {
    execute(server, EmbeddedPostgres.DATABASE, "drop database if exists " + database);
    execute(server, EmbeddedPostgres.DATABASE, "create database " + database);
    DatabaseAddress address = DatabaseAddress.of(url(server, database));
    Migrations.run(address);
    try (Connection connection = Migrations.connect(address)) {
      ScaleData.fill(
          connection,
          accounts,
          (step, seconds) -> System.out.printf("%s: %s took %.0f s%n", database, step, seconds));
      check(connection);
    }
  }

  // the words must be those that the background job would have found
  private static void check(Connection connection) throws SQLException {
    String wrong =
        """
        select count(*) from item_text t tablesample system (0.1) join item i using (conversation, seq)
        where t.words <> item_words(i.conversation, i.body, i.payload)
        """;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(wrong)) {
      if (!rows.next() || rows.getLong(1) > 0) {
        throw new IllegalStateException("the words of items are not those of their texts");
      }
    }
  }

  static String url(EmbeddedPostgres server, String database) {
    return server
        .superuserUrl()
        .replaceFirst("/" + EmbeddedPostgres.DATABASE + "$", "/" + database);
  }

  private static void execute(EmbeddedPostgres server, String database, String sql)
      throws SQLException {
    DatabaseAddress address = DatabaseAddress.of(url(server, database));
    try (Connection connection = Migrations.connect(address)) {
      execute(connection, sql);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      var _ = statement.execute(sql);
    }
  }
}
