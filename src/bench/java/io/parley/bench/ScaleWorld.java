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
import java.util.Locale;

/**
 * Data sets of one shape and several sizes, each in a database of its own in one data directory.
 * They are deterministic.
 *
 * <p>Building the large one takes ten minutes and 13 GB, so a directory is built once and used by
 * many runs, which bring its schema up to date.
 */
enum ScaleWorld {
  /** A million accounts and conversations, ten million items and two million deliveries. */
  LARGE(1_000_000),
  /** For a run of a few minutes: a fiftieth of that. */
  MEDIUM(20_000),
  /** A thousandth of the large one, to compare with. */
  SMALL(1_000);

  private final int accounts;

  ScaleWorld(int accounts) {
    this.accounts = accounts;
  }

  // while loading: what a table got in the transaction that emptied it is synced, not logged
  private static final List<String> LOADING =
      List.of(
          "wal_level = minimal",
          "max_wal_senders = 0",
          "autovacuum = off",
          "work_mem = '512MB'",
          "maintenance_work_mem = '1GB'",
          "max_parallel_maintenance_workers = 2");

  /** Builds those that are not there, in the data directory {@code home}. */
  static void build(Path home, List<ScaleWorld> worlds) throws IOException, SQLException {
    List<ScaleWorld> missing =
        worlds.stream().filter(each -> !Files.exists(each.mark(home))).toList();
    if (missing.isEmpty()) {
      return;
    }
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home)) {
      for (String setting : LOADING) {
        execute(server, EmbeddedPostgres.DATABASE, "alter system set " + setting);
      }
    }
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home)) {
      for (ScaleWorld each : missing) {
        each.fill(server);
        Files.createFile(each.mark(home));
      }
      execute(server, EmbeddedPostgres.DATABASE, "alter system reset all");
    }
  }

  /** Brings the schema up to that of the gateway. */
  void migrate(BenchPostgres postgres) throws SQLException {
    Migrations.run(DatabaseAddress.of(postgres.url(database())));
    postgres.execute(database(), "analyze");
  }

  private Path mark(Path home) {
    return home.resolve(database() + ".built");
  }

  String database() {
    return "scale_" + name().toLowerCase(Locale.ROOT);
  }

  /** How many accounts there are, and as many conversations. */
  int accounts() {
    return accounts;
  }

  private void fill(EmbeddedPostgres server) throws IOException, SQLException {
    String database = database();
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

  private static String url(EmbeddedPostgres server, String database) {
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
