package io.parley.store.db;

import io.parley.settings.InvalidSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import liquibase.resource.ClassLoaderResourceAccessor;
import liquibase.resource.ResourceAccessor;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema up to date. Blocks, for as long as it takes to build the indexes that are
 * missing; call it from a thread of its own.
 *
 * <p>Table {@code schema_version} holds every version of the schema that the database has had. If
 * ours or a later one is in force there is nothing to do, so an ordinary start takes two queries
 * and never loads Liquibase. A later schema still serves us: changes are additive, and a function
 * whose signature changes gets a new name. That is what lets two versions of the gateway share a
 * database during a rolling upgrade. {@link SchemaVersion} decides.
 *
 * <p>Only one node migrates at a time: it holds an advisory lock on the connection that runs the
 * changes. So a statement that outlives its killed gateway keeps the lock until it ends. The others
 * poll for the lock; waiting for it inside PostgreSQL would hold a snapshot, for which a concurrent
 * build of an index waits in turn. A Liquibase lock found under it was left by a killed process,
 * and is released.
 */
public final class Migrations {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Migrations.class);
  private static final long LOCK = 0x5061726c6579L;
  private static final long LOCK_POLL_MS = 200;
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final String REMEDY =
      " Start with an empty data directory (PARLEY_DATA_DIR), or create a new database for"
          + " PARLEY_DATABASE_URL.";
  private static final String RUNNING_NODES =
      """
      select 1 from pg_stat_activity
      where datname = current_database() and application_name = 'parley' limit 1
      """;

  private static final Migrations OF_THIS_BUILD =
      new Migrations(SchemaFiles.ofThisBuild(), new ClassLoaderResourceAccessor(), PATIENCE);

  private final SchemaFiles files;
  private final SchemaVersion version;
  private final SchemaUpdate update;

  Migrations(SchemaFiles files, ResourceAccessor resources, Duration patience) {
    this.files = files;
    this.version = SchemaVersion.of(files);
    this.update = new SchemaUpdate(files, resources, patience);
  }

  public static void run(DatabaseAddress address) throws SQLException {
    OF_THIS_BUILD.migrate(address);
  }

  /**
   * Asks whether the database has, or has had, the schema that this version needs, or a later one.
   */
  public static String currentQuery() {
    return OF_THIS_BUILD.version.currentQuery();
  }

  void migrate(DatabaseAddress address) throws SQLException {
    try (SchemaConnection connection = SchemaConnection.open(address)) {
      if (!needsUpdate(connection)) {
        return;
      }
      lock(connection);
      // another node may have been faster
      if (needsUpdate(connection)) {
        refuseForeignSchema(connection);
        update.run(connection);
        connection.execute(version.recordStatement());
      }
    }
  }

  private boolean needsUpdate(SchemaConnection connection) throws SQLException {
    List<SchemaVersion.Applied> versions = versions(connection);
    boolean shared = connection.hasRows(RUNNING_NODES);
    return switch (version.stepOn(versions, shared)) {
      case NONE -> false;
      case UPDATE -> true;
      case USE_LATER -> {
        refuseDivergedSchema(connection);
        LOG.info("The database schema is newer than this version needs; using it as it is");
        yield false;
      }
      case REFUSE ->
          throw InvalidSettings.of(
              "database.url",
              "the database was upgraded by a version of Parley that no longer works together"
                  + " with this one. Start the newer version.");
    };
  }

  private static List<SchemaVersion.Applied> versions(SchemaConnection connection)
      throws SQLException {
    return connection.hasTable("schema_version")
        ? connection.rows(
            SchemaVersion.Applied.QUERY,
            row ->
                new SchemaVersion.Applied(
                    row.getString(1), row.getInt(2), row.getInt(3), row.getInt(4)))
        : List.of();
  }

  private static void lock(SchemaConnection connection) throws SQLException {
    String attempt = "select 1 where pg_try_advisory_lock(" + LOCK + ")";
    for (int polls = 0; !connection.hasRows(attempt); polls++) {
      if (polls % (TimeUnit.MINUTES.toMillis(1) / LOCK_POLL_MS) == 0) {
        LOG.info("Another node is updating the schema; waiting for it");
      }
      try {
        Thread.sleep(LOCK_POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted while another node was updating the schema", e);
      }
    }
  }

  /**
   * A schema with changes of tables that this version does not know, and that never was the one of
   * this version, can neither be used nor brought up to date. Functions do not count: a later
   * version deletes the files of those it gave up.
   */
  private void refuseForeignSchema(SchemaConnection connection) throws SQLException {
    if (version.isAmong(versions(connection))) {
      return;
    }
    Set<String> known = new HashSet<>(files.tableChanges());
    for (String applied : tableChanges(connection)) {
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

  /** A schema with a higher number that lacks one of our changes did not grow out of ours. */
  private void refuseDivergedSchema(SchemaConnection connection) throws SQLException {
    Set<String> applied = new HashSet<>(tableChanges(connection));
    for (String needed : files.tableChanges()) {
      if (!applied.contains(needed)) {
        throw InvalidSettings.of(
            "database.url",
            "the database holds the schema of another version of Parley (change \""
                + needed
                + "\" is missing)."
                + REMEDY);
      }
    }
  }

  private static List<String> tableChanges(SchemaConnection connection) throws SQLException {
    return connection.hasTable("databasechangelog")
        ? connection.texts(
            """
            select id from databasechangelog where filename not like '%/functions/%' order by orderexecuted
            """)
        : List.of();
  }

  public static Connection connect(DatabaseAddress address) throws SQLException {
    return SchemaConnection.open(address).jdbc();
  }
}
