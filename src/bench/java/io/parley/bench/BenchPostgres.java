package io.parley.bench;

import io.parley.store.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A durable PostgreSQL server for the gateway and its peers, each with a database of its own. */
final class BenchPostgres implements AutoCloseable {
  private static final Path HOME = Path.of("target", "bench-database");

  private final Path home;
  private final EmbeddedPostgres server;
  private final URI at;
  private final Thread end = new Thread(this::stop);

  private BenchPostgres(Path home, EmbeddedPostgres server) {
    this.home = home;
    this.server = server;
    this.at = URI.create(server.superuserUrl());
    Runtime.getRuntime().addShutdownHook(end);
  }

  static BenchPostgres start() throws IOException {
    return start(HOME);
  }

  /** The server of that data directory. */
  static BenchPostgres start(Path home) throws IOException {
    BenchPostgres postgres = new BenchPostgres(home, EmbeddedPostgres.start(home));
    try {
      postgres.mustBeOn("fsync");
      postgres.mustBeOn("synchronous_commit");
      return postgres;
    } catch (RuntimeException e) {
      postgres.close();
      throw e;
    }
  }

  private void mustBeOn(String setting) {
    if (!one("postgres", "show " + setting).equals("on")) {
      throw new IllegalStateException(setting + " is off: nothing measured on it would count");
    }
  }

  /** An empty database of that name, whatever was in it. */
  void create(String database) {
    execute("postgres", "drop database if exists " + database + " with (force)");
    execute("postgres", "create database " + database);
  }

  void execute(String database, String sql) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      var _ = statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  String one(String database, String sql) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      if (!rows.next()) {
        throw new IllegalStateException("nothing answers " + sql);
      }
      return String.valueOf(rows.getString(1));
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  long number(String database, String sql) {
    return Long.parseLong(one(database, sql));
  }

  /** A session of one's own. */
  Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port() + "/" + database, user(), password());
  }

  /** What the server logs. */
  Path log() {
    return home.resolve("postgres.log");
  }

  String url(String database) {
    return at.resolve("/" + database).toString();
  }

  int port() {
    return at.getPort();
  }

  String user() {
    return at.getUserInfo().split(":", 2)[0];
  }

  String password() {
    return at.getUserInfo().split(":", 2)[1];
  }

  /** Microseconds of processor time of the whole server, ended connections too. */
  double cpu() {
    try {
      Path pid = home.resolve("postgres").resolve("postmaster.pid");
      return ProcessCpu.family(Long.parseLong(Files.readAllLines(pid).getFirst().strip()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void stop() {
    try {
      server.close();
    } catch (IOException e) {
      System.err.println("the bench's database did not stop: " + e);
    }
  }

  @Override
  public void close() {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (IllegalStateException shuttingDown) {
      // stopping twice is harmless
    }
  }
}
