package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import liquibase.Liquibase;
import liquibase.UpdateSummaryEnum;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.ClassLoaderResourceAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class MigrationsTest {
  private final DatabaseAddress address = DatabaseAddress.of(TestDatabase.fresh());

  private String one(String sql) throws SQLException {
    try (Connection connection = Migrations.connect(address);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = Migrations.connect(address);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void empty() throws SQLException {
    execute("drop schema public cascade; create schema public");
  }

  @Test
  void durabilityIsOn() throws SQLException {
    assertThat(one("show fsync")).isEqualTo("on");
    assertThat(one("show synchronous_commit")).isEqualTo("on");
    assertThat(one("show full_page_writes")).isEqualTo("on");
  }

  @Test
  void leavesACurrentSchemaAlone() throws SQLException {
    // Liquibase would wait minutes for its lock; a current schema never asks for it
    execute(
        "update databasechangeloglock set locked = true, lockedby = 'somebody', lockgranted = now()");
    Migrations.run(address);
    assertThat(one("select locked from databasechangeloglock")).isEqualTo("t");
  }

  @Test
  void comesUpWhenTwoNodesStartAtOnce() throws Exception {
    empty();
    try (ExecutorService nodes = Executors.newFixedThreadPool(2)) {
      Callable<Void> node =
          () -> {
            Migrations.run(address);
            return null;
          };
      for (Future<Void> started : nodes.invokeAll(List.of(node, node))) {
        started.get();
      }
    }
    assertThat(one(Migrations.currentQuery())).isEqualTo(Migrations.currentAnswer());
  }

  @Test
  void goesOnAfterAMigrationWasKilledHalfWay() throws SQLException {
    String last = Migrations.wanted().getLast();
    execute("delete from databasechangelog where id = '" + last + "'");
    rollBackByHand(last);
    execute(
        "update databasechangeloglock set locked = true, lockedby = 'killed', lockgranted = now()");
    Migrations.run(address);
    assertThat(one(Migrations.currentQuery())).isEqualTo(Migrations.currentAnswer());
  }

  // what the killed transaction would have left: nothing of its last change
  private void rollBackByHand(String change) throws SQLException {
    String rollback = ChangeFiles.rollbackOf(change);
    execute(rollback);
  }

  @Test
  void everyChangeCanBeTakenBackAndMadeAgain() throws Exception {
    try (Connection connection = Migrations.connect(address)) {
      Liquibase liquibase =
          new Liquibase(
              "db/changelog.yaml",
              new ClassLoaderResourceAccessor(),
              DatabaseFactory.getInstance()
                  .findCorrectDatabaseImplementation(new JdbcConnection(connection)));
      liquibase.setShowSummary(UpdateSummaryEnum.OFF);
      liquibase.rollback(Migrations.wanted().size(), "");
    }
    assertThat(
            one(
                "select count(*) from pg_tables where schemaname = 'public' and tablename not like 'databasechange%'"))
        .isEqualTo("0");
    assertThat(one("select count(*) from pg_proc where pronamespace = 'public'::regnamespace"))
        .isEqualTo("0");
    Migrations.run(address);
    assertThat(one(Migrations.currentQuery())).isEqualTo(Migrations.currentAnswer());
  }
}
