package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The schema changes while nodes of the previous version work and somebody's transaction is open.
 */
@Tag("integration")
class ConcurrentMigrationsTest {
  private static final String INDEX =
      """
      --changeset parley:party-name runInTransaction:false
      create index concurrently if not exists party_name on party (name);
      """;
  private static final String COLUMN =
      """
      --changeset parley:party-note
      alter table party add column note text;
      """;

  private final TestDatabase database = TestDatabase.create();
  private final ExecutorService nodes = Executors.newFixedThreadPool(2);
  private EditedSchema schema;
  private Connection open;

  @BeforeEach
  void beginATransaction(@TempDir Path folder) throws SQLException {
    schema = new EditedSchema(folder);
    open = database.connect();
    open.setAutoCommit(false);
    TestDatabase.run(open, "select count(*) from party");
  }

  @AfterEach
  void end() throws SQLException {
    open.close();
    nodes.close();
  }

  private Future<?> migrate() {
    return nodes.submit(() -> schema.migrate(database));
  }

  private void awaitBuild() {
    Await.until(
        "the build waits",
        () ->
            !database
                .rows("select pid from pg_stat_progress_create_index where phase like 'waiting%'")
                .isEmpty());
  }

  private void assertNobodyWaits(String name) {
    // an older node waits two seconds for a lock, and then answers 503
    database.run(
        """
        set lock_timeout = '2s';
        insert into party (kind, handle, name) values ('person', '%1$s', '%1$s');
        select name from party where handle = '%1$s'
        """
            .formatted(name));
  }

  private String validity() {
    return database.one(
        "select coalesce(bool_and(indisvalid)::text, 'missing') from pg_index where indexrelid = to_regclass('party_name')");
  }

  @Test
  void anIndexIsBuiltWhileOthersReadAndWrite() throws Exception {
    schema.withChange("identity", INDEX);
    Future<?> migration = migrate();
    awaitBuild();
    assertNobodyWaits("ann");
    assertThat(migration.isDone()).isFalse();
    open.commit();
    migration.get();
    assertThat(validity()).isEqualTo("true");
  }

  @Test
  void anInterruptedBuildIsDoneAgain() throws Exception {
    schema.withChange("identity", INDEX);
    Future<?> migration = migrate();
    awaitBuild();
    database.run("select pg_terminate_backend(pid) from pg_stat_progress_create_index");
    assertThatThrownBy(migration::get).isInstanceOf(ExecutionException.class);
    assertThat(validity()).isEqualTo("false");
    assertNobodyWaits("ann");
    open.commit();
    migrate().get();
    assertThat(validity()).isEqualTo("true");
  }

  @Test
  void aNodeThatWaitsForAnotherOneDoesNotHoldUpItsBuild() throws Exception {
    schema.withChange("identity", INDEX);
    Future<?> migration = migrate();
    awaitBuild();
    Future<?> second = migrate();
    Await.until("the second node waits", this::isANodeWaiting);
    open.commit();
    migration.get();
    second.get();
    assertThat(validity()).isEqualTo("true");
  }

  private boolean isANodeWaiting() {
    return !database
        .rows(
            """
            select 1 from pg_stat_activity
            where datname = current_database() and query like 'select 1 where pg_try_advisory_lock%'
            """)
        .isEmpty();
  }

  @Test
  void aChangeOfATableGivesWayUntilTheTableIsFree() throws Exception {
    schema.withChange("identity", COLUMN);
    Future<?> migration = migrate();
    Await.until(
        "the change waits for its lock",
        () ->
            !database
                .rows(
                    "select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())")
                .isEmpty());
    for (int i = 0; i < 5; i++) {
      assertNobodyWaits("name-" + i);
    }
    assertThat(migration.isDone()).isFalse();
    open.commit();
    migration.get();
    assertThat(database.rows("select note from party")).hasSize(5);
  }
}
