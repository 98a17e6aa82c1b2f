package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.BaseVersion;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Today's schema beside that of the previous version, whose nodes still use the database. */
@Tag("fast")
class ReleasedSchemaTest {
  private static final String FOLDER = "src/main/resources/db/";
  private static final Pattern SIGNATURE =
      Pattern.compile("create or replace function (.*?)\\blanguage\\b", Pattern.DOTALL);
  private static final Pattern RETURNS_ROW_OF_TABLE =
      Pattern.compile("(?:insert into|delete from|update) (\\w+)[^;]*?returning \\*");
  private static final Pattern ADDS_COLUMN =
      Pattern.compile("alter table (\\w+) .*\\badd column\\b.*");

  private static final SchemaFiles TODAY = SchemaFiles.ofThisBuild();
  private static BaseVersion base;
  private static SchemaFiles released;

  @BeforeAll
  static void readTheBase() {
    base = BaseVersion.find();
    Set<String> files = new HashSet<>(base.files(FOLDER));
    released =
        new SchemaFiles(
            file ->
                files.contains(FOLDER + file)
                    ? base.text(FOLDER + file)
                    : "number=1\nserves_from=1");
  }

  private static Map<String, ChangesetRules.Change> tableChanges(SchemaFiles files) {
    Map<String, ChangesetRules.Change> changes = new LinkedHashMap<>();
    files
        .tableTexts()
        .forEach(
            text -> ChangesetRules.changes(text).forEach(each -> changes.put(each.id(), each)));
    return changes;
  }

  @Test
  void aReleasedChangeIsNeverEdited() {
    Map<String, ChangesetRules.Change> today = tableChanges(TODAY);
    tableChanges(released)
        .forEach((id, change) -> assertThat(today.get(id)).describedAs(id).isEqualTo(change));
  }

  @Test
  void aFunctionOfThePreviousVersionKeepsItsSignatureAndItsResult() {
    for (String function : released.functions()) {
      if (TODAY.functions().contains(function)) {
        assertThat(signature(TODAY, function)).isEqualTo(signature(released, function));
      } else {
        assertThat(base.mentions(function, "functions/" + function + ".sql"))
            .describedAs("the previous version uses the function %s", function)
            .isFalse();
      }
    }
  }

  private static String signature(SchemaFiles files, String function) {
    Matcher found = SIGNATURE.matcher(files.textOf(function));
    assertThat(found.find()).isTrue();
    return found.group(1).replaceAll("\\s+", " ");
  }

  @Test
  void noTableGrowsWhoseWholeRowsThePreviousVersionReads() {
    Set<String> read = new HashSet<>();
    for (String file : base.files("src/main/java/io/parley/store")) {
      RETURNS_ROW_OF_TABLE.matcher(base.text(file)).results().forEach(it -> read.add(it.group(1)));
    }
    Map<String, ChangesetRules.Change> added = tableChanges(TODAY);
    added.keySet().removeAll(tableChanges(released).keySet());
    for (ChangesetRules.Change change : added.values()) {
      for (String statement : change.statements()) {
        Matcher column = ADDS_COLUMN.matcher(statement);
        assertThat(column.matches() && read.contains(column.group(1)))
            .describedAs(
                "a node of the previous version fails once its plan of \"returning *\" is out of date: %s",
                statement)
            .isFalse();
      }
    }
  }

  @Test
  void aSchemaThatDiffersHasAHigherNumberAndServesThePreviousOne() {
    SchemaVersion today = SchemaVersion.of(TODAY);
    SchemaVersion before = SchemaVersion.of(released);
    if (!today.hash().equals(before.hash())) {
      assertThat(today.number()).isGreaterThan(before.number());
    }
    assertThat(today.servesFrom()).isLessThanOrEqualTo(before.number());
  }
}
