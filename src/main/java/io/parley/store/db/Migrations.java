package io.parley.store.db;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.Scope;
import liquibase.UpdateSummaryEnum;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.LiquibaseException;
import liquibase.resource.ClassLoaderResourceAccessor;
import liquibase.ui.LoggerUIService;

/**
 * Brings the schema up to date. Blocks; call it from a worker.
 *
 * <p>One query tells whether there is anything to do, so an ordinary start never meets Liquibase.
 * Whoever has something to do holds an advisory lock, which dies with its connection: Liquibase's
 * own lock, found set under it, was left by a killed process and is released.
 */
public final class Migrations {
  private static final String CHANGELOG = "db/changelog.yaml";
  private static final Pattern INCLUDED = Pattern.compile("file:\\s*(\\S+\\.sql)");
  private static final Pattern CHANGE = Pattern.compile("--\\s*changeset\\s+[^:\\s]+:(\\S+).*");
  private static final long LOCK = 0x5061726c6579L;
  private static final Logger LIQUIBASE = Logger.getLogger("liquibase");

  private static final String CURRENT = String.join(",", wanted());

  private Migrations() {}

  public static void run(DatabaseAddress address) throws SQLException {
    List<String> wanted = wanted();
    try (Connection connection = connect(address)) {
      if (applied(connection).equals(wanted)) {
        return;
      }
      try (Statement statement = connection.createStatement()) {
        statement.execute("select pg_advisory_lock(" + LOCK + ")");
      }
      if (!applied(connection).equals(wanted)) {
        update(address);
      }
    }
  }

  /** Whether the schema is the one this version needs. */
  public static String currentQuery() {
    return "select string_agg(id, ',' order by orderexecuted) from databasechangelog";
  }

  public static String currentAnswer() {
    return CURRENT;
  }

  private static void update(DatabaseAddress address) throws SQLException {
    LIQUIBASE.setLevel(Level.WARNING);
    try (Connection connection = connect(address)) {
      Scope.child(
          Scope.Attr.ui.name(),
          new LoggerUIService(),
          () -> {
            Database database =
                DatabaseFactory.getInstance()
                    .findCorrectDatabaseImplementation(new JdbcConnection(connection));
            Liquibase liquibase =
                new Liquibase(CHANGELOG, new ClassLoaderResourceAccessor(), database);
            liquibase.setShowSummary(UpdateSummaryEnum.OFF);
            liquibase.forceReleaseLocks();
            liquibase.update(new Contexts(), new LabelExpression());
          });
    } catch (SQLException e) {
      throw e;
    } catch (LiquibaseException e) {
      throw new SQLException("the schema could not be brought up to date", e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public static Connection connect(DatabaseAddress address) throws SQLException {
    return DriverManager.getConnection(address.jdbcUrl(), address.jdbcProperties());
  }

  private static List<String> applied(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      List<String> ids = new ArrayList<>();
      try (ResultSet there =
          statement.executeQuery("select to_regclass('databasechangelog') is not null")) {
        there.next();
        if (!there.getBoolean(1)) {
          return ids;
        }
      }
      try (ResultSet rows =
          statement.executeQuery("select id from databasechangelog order by orderexecuted")) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
      return ids;
    }
  }

  /** The ids of all changes, in order, read from the changelog as text. */
  static List<String> wanted() {
    List<String> ids = new ArrayList<>();
    for (String file : matches(CHANGELOG, INCLUDED)) {
      ids.addAll(matches("db/" + file, CHANGE));
    }
    return ids;
  }

  private static List<String> matches(String resource, Pattern pattern) {
    List<String> found = new ArrayList<>();
    try (InputStream in = Migrations.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is not in the jar");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher matcher = pattern.matcher(line);
        if (matcher.find()) {
          found.add(matcher.group(1));
        }
      }
      return found;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
