package io.parley.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Data of one shape in any size, with the skews that real data has: a conversation with a fifth of
 * all items, a group with a hundredth of all accounts, a user in a fiftieth of all conversations.
 * The script describes it.
 */
public final class ScaleData {
  private static final String SCRIPT = "/scale-world.sql";
  private static final Pattern ACCOUNTS = Pattern.compile("(?<!:):n\\b");

  private ScaleData() {}

  /**
   * Fills an empty schema with so many accounts and as many conversations, a thousand at least;
   * {@code finished} is told each step and its seconds.
   */
  public static void fill(Connection connection, int accounts, BiConsumer<String, Double> finished)
      throws SQLException {
    String script = ACCOUNTS.matcher(script()).replaceAll(Integer.toString(accounts));
    connection.setAutoCommit(false);
    execute(connection, "set session_replication_role = replica");
    for (String step : script.split("(?m)^-- step ", -1)) {
      long began = System.nanoTime();
      execute(connection, "-- " + step);
      finished.accept(step.lines().findFirst().orElse(""), (System.nanoTime() - began) / 1e9);
    }
    execute(connection, "set session_replication_role = origin");
    connection.commit();
    connection.setAutoCommit(true);
    execute(connection, "vacuum analyze");
  }

  private static String script() {
    try (InputStream in = ScaleData.class.getResourceAsStream(SCRIPT)) {
      if (in == null) {
        throw new IllegalStateException(SCRIPT + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
