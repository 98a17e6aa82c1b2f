package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.settings.InvalidSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks that a database must pass before the gateway serves from it: its version, its
 * durability, its schema. Blocks; call it from a worker.
 */
public final class DatabaseChecks {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseChecks.class);
  private static final int MIN_VERSION = 150_000;

  private DatabaseChecks() {}

  /** {@code tlsRequired}: refuses a connection to another machine that may not be encrypted. */
  public static void prepare(DatabaseAddress address, boolean tlsRequired) {
    if (tlsRequired && !address.isLocal() && !address.insistsOnTls()) {
      throw InvalidSettings.of(
          "database.url",
          "the connection may not be encrypted, and PARLEY_DATABASE_TLS requires that; add"
              + " ?sslmode=verify-full&sslrootcert=<file>, or at least ?sslmode=require");
    }
    try {
      try (Connection connection = Migrations.connect(address)) {
        check(connection);
        warnUnlessEncrypted(connection, address);
        refuseReadOnly(connection);
      }
      Migrations.run(address);
    } catch (SQLException e) {
      throw Outage.unavailable("database " + address + ": " + e.getMessage(), e);
    }
  }

  private static void refuseReadOnly(Connection connection) throws SQLException {
    if (show(connection, "transaction_read_only").equals("on")) {
      throw new SQLException(
          "it is read-only; a gateway needs the primary, and transactions that may write");
    }
  }

  private static void check(Connection connection) throws SQLException {
    if (Integer.parseInt(show(connection, "server_version_num")) < MIN_VERSION) {
      throw InvalidSettings.of(
          "database.url",
          "PostgreSQL "
              + show(connection, "server_version")
              + " is too old; 15 or later is needed");
    }
    for (String setting : new String[] {"fsync", "synchronous_commit", "full_page_writes"}) {
      if (show(connection, setting).equals("off")) {
        LOG.atWarn()
            .addKeyValue("setting", setting)
            .log("THE DATABASE MAY LOSE ACKNOWLEDGED MESSAGES: this setting is off");
      }
    }
  }

  private static void warnUnlessEncrypted(Connection connection, DatabaseAddress address)
      throws SQLException {
    String encrypted = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()";
    if (!address.isLocal() && !one(connection, encrypted).equals("true")) {
      LOG.atWarn()
          .addKeyValue("host", address.host())
          .log(
              "THE CONNECTION TO THE DATABASE IS NOT ENCRYPTED: anyone on the network path can read messages"
                  + " and passwords; add sslmode to the database url, or set PARLEY_DATABASE_TLS=require");
    }
  }

  private static String show(Connection connection, String setting) throws SQLException {
    return one(connection, "show " + setting);
  }

  private static String one(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
