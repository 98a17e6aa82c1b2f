package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.settings.InvalidSettings;
import io.parley.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which version's functions are in force after nodes of several versions started. */
@Tag("integration")
class SchemaOrderTest {
  private final TestDatabase database = TestDatabase.create();
  private EditedSchema schema;

  @BeforeEach
  void copy(@TempDir Path folder) {
    schema = new EditedSchema(folder);
  }

  private String rank() {
    return database.one("select delivery_rank('queued')");
  }

  @Test
  void aFunctionThatIsChangedAndChangedBackIsAsBefore() {
    schema.withRank(7).migrate(database);
    assertThat(rank()).isEqualTo("7");
    schema.withRank(8).migrate(database);
    schema.withRank(7).migrate(database);
    assertThat(rank()).isEqualTo("7");
  }

  @Test
  void aRestartedNodeDoesNotPutItsFunctionsBackWhileALaterOneRuns() throws SQLException {
    schema.withRank(7).migrate(database);
    schema.withRank(8).migrate(database);
    try (Connection node = database.connect()) {
      TestDatabase.run(node, "set application_name = 'parley'");
      schema.withRank(7).migrate(database);
      assertThat(rank()).isEqualTo("8");
    }
  }

  @Test
  void anEarlierVersionThatNeverRanHereDoesNotUndoTheFunctionsOfALaterOne() {
    schema.withNumber(9, 8).withRank(7).migrate(database);
    schema.withNumber(8, 7).withRank(6).migrate(database);
    assertThat(rank()).isEqualTo("7");
  }

  @Test
  void aVersionThatTheSchemaNoLongerServesIsRefused() {
    schema.withNumber(9, 8).withRank(7).migrate(database);
    assertThatThrownBy(() -> schema.withNumber(7, 6).migrate(database))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("Start the newer version.");
  }

  @Test
  void aSchemaWithAHigherNumberThatDidNotGrowOutOfOursIsRefused() {
    schema.withNumber(9, 2).migrate(database);
    schema.withNumber(8, 2).withChange("identity", "--changeset parley:elsewhere\nselect 1;");
    assertThatThrownBy(() -> schema.migrate(database))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContainingAll("elsewhere", "is missing");
  }
}
