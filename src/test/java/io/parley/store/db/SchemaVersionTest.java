package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.db.SchemaVersion.Applied;
import io.parley.store.db.SchemaVersion.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class SchemaVersionTest {
  private static final SchemaVersion OURS = new SchemaVersion(3, 2, "ours");

  // versions in the order of time: hash/number/serves_from
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          '',                           false, UPDATE
          ours/3/2,                     false, NONE
          ours/3/2,                     true,  NONE
          earlier/2/1,                  true,  UPDATE
          earlier/2/1 ours/3/2,         true,  NONE
          ours/3/2 earlier/2/1,         true,  NONE
          ours/3/2 later/4/3,           true,  USE_LATER
          later/4/3,                    false, USE_LATER
          later/4/4,                    false, REFUSE
          ours/3/2 later/5/4,           true,  REFUSE
          ours/3/2 edited/3/2,          false, UPDATE
          ours/3/2 edited/3/2,          true,  USE_LATER
          edited/3/2,                   true,  UPDATE
          ours/2/1 later/3/2,           false, UPDATE
          """)
  void theNumberDecidesAndThenTheLastOneToCome(String versions, boolean shared, Step step) {
    assertThat(OURS.stepOn(applied(versions), shared)).isEqualTo(step);
  }

  private static List<Applied> applied(String versions) {
    List<Applied> all = new ArrayList<>();
    for (String each : versions.isEmpty() ? new String[0] : versions.split(" ", -1)) {
      String[] parts = each.split("/", -1);
      int number = Integer.parseInt(parts[1]);
      all.add(new Applied(parts[0], number, Integer.parseInt(parts[2]), all.size()));
    }
    return all;
  }
}
