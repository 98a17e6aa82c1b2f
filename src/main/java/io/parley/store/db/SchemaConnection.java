package io.parley.store.db;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A blocking connection for the work on the schema, in autocommit mode. */
record SchemaConnection(Connection jdbc) implements AutoCloseable {

  static SchemaConnection open(DatabaseAddress address) throws SQLException {
    return new SchemaConnection(
        DriverManager.getConnection(address.jdbcUrl(), address.jdbcProperties()));
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = jdbc.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Makes a value of the row that a result set points at. */
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  <T> List<T> rows(String sql, RowReader<T> reader) throws SQLException {
    try (Statement statement = jdbc.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<T> found = new ArrayList<>();
      while (rows.next()) {
        found.add(reader.read(rows));
      }
      return found;
    }
  }

  /** The first column of every row. */
  List<String> texts(String sql) throws SQLException {
    return rows(sql, row -> row.getString(1));
  }

  boolean hasRows(String sql) throws SQLException {
    return !texts(sql).isEmpty();
  }

  boolean hasTable(String table) throws SQLException {
    return hasRows("select 1 where to_regclass('" + table + "') is not null");
  }

  @Override
  public void close() throws SQLException {
    jdbc.close();
  }
}
