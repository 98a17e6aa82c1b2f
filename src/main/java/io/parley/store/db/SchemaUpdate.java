package io.parley.store.db;

import io.parley.settings.InvalidSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.Scope;
import liquibase.UpdateSummaryEnum;
import liquibase.change.Change;
import liquibase.changelog.ChangeSet;
import liquibase.changelog.DatabaseChangeLog;
import liquibase.changelog.visitor.AbstractChangeExecListener;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.LiquibaseException;
import liquibase.exception.ValidationFailedException;
import liquibase.resource.ResourceAccessor;
import liquibase.ui.LoggerUIService;
import org.slf4j.LoggerFactory;

/**
 * Applies the changes that a database lacks, while nodes of another version work with it.
 *
 * <p>A statement that waits for a table lock makes all later ones on that table wait behind it, so
 * a change waits for half a second only, gives way, and is tried again later. An index that is
 * built concurrently keeps nobody waiting, so it may itself wait as long as it takes. If such a
 * build was interrupted it left an index that PostgreSQL maintains but does not use; it is dropped
 * and built anew.
 */
final class SchemaUpdate {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(SchemaUpdate.class);
  private static final Logger LIQUIBASE = Logger.getLogger("liquibase");
  private static final String LOCK_TIMEOUT = "set lock_timeout = '500ms'";
  private static final String NO_LOCK_TIMEOUT = "set lock_timeout = 0";
  private static final long MAX_PAUSE_MS = 5_000;
  // lock not available, deadlock, serialization failure
  private static final Set<String> IN_THE_WAY = Set.of("55P03", "40P01", "40001");
  private static final String EDITED =
      "the database holds another text of a change, which was edited after it was applied."
          + " Start with an empty data directory (PARLEY_DATA_DIR), or create a new database for"
          + " PARLEY_DATABASE_URL.";

  private final SchemaFiles files;
  private final ResourceAccessor resources;
  private final Duration patience;

  /** {@code patience} is how long a change may be kept from its table. */
  SchemaUpdate(SchemaFiles files, ResourceAccessor resources, Duration patience) {
    this.files = files;
    this.resources = resources;
    this.patience = patience;
  }

  void run(SchemaConnection connection) throws SQLException {
    // it would log every attempt with its stack; what it throws says the same
    LIQUIBASE.setLevel(Level.OFF);
    connection.execute("set statement_timeout = 0");
    long began = System.nanoTime();
    for (int attempt = 1; ; attempt++) {
      try {
        dropUnfinishedIndexes(connection);
        applyChanges(connection);
        return;
      } catch (LiquibaseException e) {
        if (isEditedChange(e)) {
          throw InvalidSettings.of("database.url", EDITED);
        }
        boolean patient = System.nanoTime() - began < patience.toNanos();
        if (!isInTheWay(e) || !patient) {
          throw new SQLException(
              "the schema could not be brought up to date: " + rootCause(e).getMessage(), e);
        }
        connection.jdbc().setAutoCommit(true);
        LOG.atWarn()
            .addKeyValue("attempt", attempt)
            .addKeyValue("oldest_transactions", oldestTransactions(connection))
            .log("A schema change could not lock its table, and is tried again");
        pause(attempt);
      }
    }
  }

  private void applyChanges(SchemaConnection connection) throws LiquibaseException, SQLException {
    try {
      Scope.child(
          Scope.Attr.ui.name(),
          new LoggerUIService(),
          () -> {
            Liquibase liquibase = liquibase(connection);
            liquibase.forceReleaseLocks();
            liquibase.update(new Contexts(), new LabelExpression());
          });
      connection.jdbc().setAutoCommit(true);
    } catch (LiquibaseException | SQLException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  Liquibase liquibase(SchemaConnection connection) throws LiquibaseException, SQLException {
    Database database =
        DatabaseFactory.getInstance()
            .findCorrectDatabaseImplementation(new JdbcConnection(connection.jdbc()));
    Liquibase liquibase = new Liquibase("db/" + SchemaFiles.CHANGELOG, resources, database);
    liquibase.setShowSummary(UpdateSummaryEnum.OFF);
    liquibase.setChangeExecListener(new LockTimeouts(connection));
    return liquibase;
  }

  /** Limits how long a change waits for its locks, by the kind of the change. */
  private static final class LockTimeouts extends AbstractChangeExecListener {
    private final SchemaConnection connection;
    private final boolean isNew;

    LockTimeouts(SchemaConnection connection) throws SQLException {
      this.connection = connection;
      this.isNew = !connection.hasTable("databasechangelog");
    }

    // called within the transaction of the change, if it has one
    @Override
    public void willRun(
        Change change, ChangeSet changeSet, DatabaseChangeLog changelog, Database database) {
      try {
        if (changeSet.isRunInTransaction()) {
          connection.execute(LOCK_TIMEOUT);
        } else {
          connection.execute(NO_LOCK_TIMEOUT);
          // in a new database nothing keeps it waiting
          (isNew ? LOG.atDebug() : LOG.atInfo())
              .addKeyValue("change", changeSet.getId())
              .log("Building an index, which waits for transactions that began before");
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void dropUnfinishedIndexes(SchemaConnection connection) throws SQLException {
    List<String> ours = files.concurrentIndexes();
    String unfinished =
        """
        select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
        where not i.indisvalid and c.relnamespace = current_schema()::regnamespace
          and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)
        """;
    for (String index : connection.texts(unfinished)) {
      if (ours.contains(index)) {
        LOG.atInfo()
            .addKeyValue("index", index)
            .log("Dropping an index whose build was interrupted");
        connection.execute(NO_LOCK_TIMEOUT);
        connection.execute("drop index concurrently if exists " + index);
      }
    }
  }

  private static String oldestTransactions(SchemaConnection connection) throws SQLException {
    String oldest =
        """
        select format('pid %s (%s, %s) for %s s', pid, application_name, state,
          extract(epoch from clock_timestamp() - xact_start)::integer)
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
        order by xact_start limit 3
        """;
    return String.join("; ", connection.texts(oldest));
  }

  private static void pause(int attempt) throws SQLException {
    long longest = Math.min(MAX_PAUSE_MS, 500L << Math.min(attempt, 4));
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(longest / 2, longest));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting to change the schema", e);
    }
  }

  private static boolean isEditedChange(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ValidationFailedException) {
        return true;
      }
    }
    return false;
  }

  private static boolean isInTheWay(Throwable failure) {
    return rootCause(failure) instanceof SQLException sql
        && sql.getSQLState() != null
        && IN_THE_WAY.contains(sql.getSQLState());
  }

  private static Throwable rootCause(Throwable failure) {
    return failure.getCause() == null ? failure : rootCause(failure.getCause());
  }
}
