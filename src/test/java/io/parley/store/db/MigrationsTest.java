package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.settings.InvalidSettings;
import io.parley.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.resource.ClassLoaderResourceAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class MigrationsTest {
  private static final SchemaFiles FILES = SchemaFiles.ofThisBuild();

  private final DatabaseAddress address = DatabaseAddress.of(TestDatabase.durable().url());

  @Test
  void durabilityIsOn() throws SQLException {
    assertThat(one("show fsync")).isEqualTo("on");
    assertThat(one("show synchronous_commit")).isEqualTo("on");
    assertThat(one("show full_page_writes")).isEqualTo("on");
  }

  @Test
  void aCurrentSchemaIsLeftAlone() throws SQLException {
    // Liquibase would wait minutes for its lock; a current schema never asks for it
    execute(
        "update databasechangeloglock set locked = true, lockedby = 'somebody', lockgranted = now()");
    Migrations.run(address);
    assertThat(one("select locked from databasechangeloglock")).isEqualTo("t");
  }

  @Test
  void twoNodesCanStartOnAnEmptyDatabaseAtOnce() throws Exception {
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
    assertIsCurrent();
  }

  @Test
  void aMigrationThatWasKilledHalfWayIsCompleted() throws Exception {
    empty();
    try (SchemaConnection connection = SchemaConnection.open(address)) {
      new SchemaUpdate(FILES, new ClassLoaderResourceAccessor(), Duration.ZERO)
          .liquibase(connection)
          .update(FILES.changes().size() / 2, new Contexts(), new LabelExpression());
    }
    execute(
        "update databasechangeloglock set locked = true, lockedby = 'killed', lockgranted = now()");
    Migrations.run(address);
    assertIsCurrent();
  }

  @Test
  void aFunctionOfAnEarlierVersionIsReplaced() throws SQLException {
    String present = one("select prosrc from pg_proc where proname = 'delivery_rank'");
    execute(
        """
        create or replace function delivery_rank(p_state text) returns integer language sql immutable as 'select 0';
        update databasechangelog set md5sum = '9:00000000000000000000000000000000' where id = 'delivery_rank';
        update schema_version set hash = 'an earlier one', number = null, serves_from = null
        """);
    assertThat(one(Migrations.currentQuery())).isEqualTo("f");
    Migrations.run(address);
    assertIsCurrent();
    assertThat(one("select prosrc from pg_proc where proname = 'delivery_rank'"))
        .isEqualTo(present);
  }

  @Test
  void aSchemaThatHasGoneFurtherStillServesAnEarlierNode() throws SQLException {
    execute(
        """
        update schema_version set number = number + 1, hash = 'a later one';
        create or replace function delivery_rank(p_state text) returns integer language sql immutable as 'select 7';
        update databasechangelog set id = 'a later change' where id = 'delivery_rank'
        """);
    Migrations.run(address);
    assertIsCurrent();
    assertThat(one("select delivery_rank('queued')")).isEqualTo("7");
  }

  @Test
  void aFunctionWhoseFileIsGoneDoesNotKeepANodeFromStarting() throws SQLException {
    execute(
        """
        update databasechangelog set id = 'given_up', filename = 'db/functions/given_up.sql' where id = 'delivery_rank';
        delete from schema_version
        """);
    Migrations.run(address);
    assertIsCurrent();
  }

  @Test
  void aDatabaseWithUnknownChangesIsRefusedInOneLineThatNamesTheRemedy() throws SQLException {
    execute(
        "drop table schema_version; update databasechangelog set id = '0001-party' where id = 'party'");
    assertThatThrownBy(() -> Migrations.run(address))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContainingAll("0001-party", "empty data directory", "create a new database")
        .hasMessageMatching("Invalid settings:\n.*");
  }

  @Test
  void aDatabaseThatAppliedAnotherTextOfAChangeIsRefused() throws SQLException {
    execute(
        """
        update databasechangelog set md5sum = '9:00000000000000000000000000000000' where id = 'party';
        delete from schema_version
        """);
    assertThatThrownBy(() -> Migrations.run(address))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("edited")
        .hasMessageMatching("Invalid settings:\n.*");
  }

  @Test
  void everyFunctionOfTheDatabaseHasOneFileOfItsName() throws SQLException {
    empty();
    Migrations.run(address);
    assertThat(all("select proname from pg_proc where pronamespace = 'public'::regnamespace"))
        .containsExactlyInAnyOrderElementsOf(FILES.functions());
  }

  private void assertIsCurrent() throws SQLException {
    assertThat(one(Migrations.currentQuery())).isEqualTo("t");
  }

  private void empty() throws SQLException {
    execute("drop schema public cascade; create schema public");
  }

  private String one(String sql) throws SQLException {
    return all(sql).getFirst();
  }

  private List<String> all(String sql) throws SQLException {
    try (Connection connection = Migrations.connect(address);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = Migrations.connect(address);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
