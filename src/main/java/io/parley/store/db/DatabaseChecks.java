package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.settings.InvalidSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be true of a database before we serve from it. Blocks; call it from a worker. */
public final class DatabaseChecks {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseChecks.class);
  private static final int OLDEST = 150_000;

  private DatabaseChecks() {}

  public static void prepare(DatabaseAddress address) {
    try {
      try (Connection connection = Migrations.connect(address)) {
        check(connection);
      }
      Migrations.run(address);
    } catch (SQLException e) {
      throw Outage.unavailable("database " + address + ": " + e.getMessage(), e);
    }
  }

  private static void check(Connection connection) throws SQLException {
    if (Integer.parseInt(shown(connection, "server_version_num")) < OLDEST) {
      throw InvalidSettings.of(
          "database.url",
          "PostgreSQL "
              + shown(connection, "server_version")
              + " is too old; 15 or later is needed");
    }
    for (String promise : new String[] {"fsync", "synchronous_commit", "full_page_writes"}) {
      if (shown(connection, promise).equals("off")) {
        LOG.atWarn()
            .addKeyValue("setting", promise)
            .log("THE DATABASE MAY LOSE ACKNOWLEDGED MESSAGES: this is off");
      }
    }
  }

  private static String shown(Connection connection, String setting) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("show " + setting)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
