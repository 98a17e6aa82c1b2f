package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.settings.InvalidSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node and a schema of different versions, as during a rolling upgrade. */
@Tag("fault")
class NewerSchemaTest {
  private static final String LATER =
      """
      insert into schema_version (hash, applied_at) values ('later', clock_timestamp() + interval '1 day');
      insert into databasechangelog (id, author, filename, dateexecuted, orderexecuted, exectype)
      values ('a-later-change', 'parley', 'db/tables/later.sql', now(), 1000000, 'EXECUTED');
      """;

  private final TestDatabase database = TestDatabase.create();

  @Test
  void aNodeStaysReadyWhenTheSchemaGoesOn() {
    try (TestGateway node = new TestGateway(database.url())) {
      database.run(LATER);
      TestGateway.Reply ready = node.get("", "/health/ready").is(200);
      assertThat(ready.json().getString("schema")).isEqualTo("up");
      node.signUp("ann", "person");
    }
    try (TestGateway again = new TestGateway(database.url())) {
      again.get("", "/health/ready").is(200);
    }
  }

  @Test
  void aNodeDoesNotStartOnASchemaThatLacksItsChangesAndIsNotReadyWhenItLosesThem() {
    try (TestGateway node = new TestGateway(database.url())) {
      database.run(LATER + "delete from schema_version where hash <> 'later';");
      TestGateway.Reply ready = node.get("", "/health/ready").is(503);
      assertThat(ready.json().getString("schema")).isEqualTo("not current");
    }
    assertThatThrownBy(() -> new TestGateway(database.url()))
        .hasRootCauseInstanceOf(InvalidSettings.class)
        .rootCause()
        .hasMessageContaining("a-later-change");
  }
}
