package io.parley.store.db;

import io.parley.settings.InvalidSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.Scope;
import liquibase.UpdateSummaryEnum;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.LiquibaseException;
import liquibase.exception.ValidationFailedException;
import liquibase.resource.ClassLoaderResourceAccessor;
import liquibase.ui.LoggerUIService;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema up to date. Blocks; call it from a worker.
 *
 * <p>Table {@code schema_version} holds the hash of every schema that the database has had. If ours
 * is among them there is nothing to do, so an ordinary start takes one query and never loads
 * Liquibase. A schema that has gone further since is left alone, because it still serves us:
 * changes are additive, and a function whose signature changes gets a new name. That is what lets
 * two versions of the gateway share a database during a rolling upgrade.
 *
 * <p>Only one node migrates at a time: it holds an advisory lock, which ends with its connection. A
 * Liquibase lock found under it was left by a killed process, and is released.
 */
public final class Migrations {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Migrations.class);
  private static final long LOCK = 0x5061726c6579L;
  private static final long LOCK_POLL_MS = 200;
  private static final Logger LIQUIBASE = Logger.getLogger("liquibase");
  private static final String REMEDY =
      " Start with an empty data directory (PARLEY_DATA_DIR), or create a new database for"
          + " PARLEY_DATABASE_URL.";

  private static final SchemaFiles FILES = SchemaFiles.ofThisBuild();
  private static final String HASH = FILES.hash();

  private Migrations() {}

  public static void run(DatabaseAddress address) throws SQLException {
    try (Connection connection = connect(address)) {
      if (isCurrent(connection)) {
        return;
      }
      lock(connection);
      // another node may have been faster
      if (!isCurrent(connection)) {
        refuseForeignSchema(connection);
        update(address);
        execute(
            connection,
            "insert into schema_version (hash) values ('" + HASH + "') on conflict do nothing");
      }
    }
  }

  // waiting inside PostgreSQL would hold a snapshot, for which a concurrent index build waits
  private static void lock(Connection connection) throws SQLException {
    String attempt = "select pg_try_advisory_lock(" + LOCK + ")::text";
    while (!strings(connection, attempt).getFirst().equals("true")) {
      try {
        Thread.sleep(LOCK_POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted while another node migrates the schema", e);
      }
    }
  }

  /** Answers whether the database has, or has had, the schema that this version needs. */
  public static String currentQuery() {
    return "select exists (select from schema_version where hash = '" + HASH + "')";
  }

  private static boolean isCurrent(Connection connection) throws SQLException {
    if (!exists(connection, "schema_version")) {
      return false;
    }
    List<String> versions =
        strings(connection, "select hash from schema_version order by applied_at desc");
    if (versions.contains(HASH) && !versions.getFirst().equals(HASH)) {
      LOG.info("The database schema is newer than this version needs; using it as it is");
    }
    return versions.contains(HASH);
  }

  /**
   * A schema with changes of tables that this version does not know can neither be used nor brought
   * up to date. Functions do not count: a later version deletes the files of those it gave up.
   */
  private static void refuseForeignSchema(Connection connection) throws SQLException {
    if (!exists(connection, "databasechangelog")) {
      return;
    }
    Set<String> known = new HashSet<>(FILES.tableChanges());
    String changes =
        """
        select id from databasechangelog where filename not like '%/functions/%' order by orderexecuted
        """;
    for (String applied : strings(connection, changes)) {
      if (!known.contains(applied)) {
        throw InvalidSettings.of(
            "database.url",
            "the database holds the schema of another version of Parley (change \""
                + applied
                + "\" is unknown)."
                + REMEDY);
      }
    }
  }

  private static void update(DatabaseAddress address) throws SQLException {
    LIQUIBASE.setLevel(Level.WARNING);
    try (Connection connection = connect(address)) {
      Scope.child(
          Scope.Attr.ui.name(),
          new LoggerUIService(),
          () -> {
            Liquibase liquibase = liquibase(connection);
            liquibase.forceReleaseLocks();
            liquibase.update(new Contexts(), new LabelExpression());
          });
    } catch (SQLException e) {
      throw e;
    } catch (LiquibaseException e) {
      if (isEditedChange(e)) {
        throw InvalidSettings.of(
            "database.url",
            "the database holds another text of a change, which was edited after it was applied."
                + REMEDY);
      }
      throw new SQLException("the schema could not be brought up to date", e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Liquibase liquibase(Connection connection) throws LiquibaseException {
    Database database =
        DatabaseFactory.getInstance()
            .findCorrectDatabaseImplementation(new JdbcConnection(connection));
    Liquibase liquibase =
        new Liquibase("db/" + SchemaFiles.CHANGELOG, new ClassLoaderResourceAccessor(), database);
    liquibase.setShowSummary(UpdateSummaryEnum.OFF);
    return liquibase;
  }

  private static boolean isEditedChange(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ValidationFailedException) {
        return true;
      }
    }
    return false;
  }

  public static Connection connect(DatabaseAddress address) throws SQLException {
    return DriverManager.getConnection(address.jdbcUrl(), address.jdbcProperties());
  }

  private static boolean exists(Connection connection, String table) throws SQLException {
    return !strings(connection, "select 1 where to_regclass('" + table + "') is not null")
        .isEmpty();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> strings(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    }
  }
}
