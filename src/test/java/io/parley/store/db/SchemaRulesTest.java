package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class SchemaRulesTest {
  /** A result whose shape follows a table breaks the cached plans of running nodes. */
  private static final Pattern SHAPED_BY_A_TABLE =
      Pattern.compile(
          "returning \\*|%%rowtype|returns setof (?!record)|select \\* from (?:%s)\\b"
              .formatted(tables()));

  private static final Pattern FUNCTION_FILE = Pattern.compile("functions/(\\w+)\\.sql");
  private static final Pattern COMMENT = Pattern.compile("--.*");

  private static String tables() {
    return SchemaFiles.ofThisBuild().tableTexts().stream()
        .flatMap(text -> ChangesetRules.changes(text).stream())
        .flatMap(change -> change.createdTables().stream())
        .collect(Collectors.joining("|"));
  }

  private static List<String> violations(String change) {
    return ChangesetRules.changes("--changeset parley:new" + change).stream()
        .flatMap(each -> ChangesetRules.violations(each).stream())
        .toList();
  }

  @Test
  void everyChangeOfATableFollowsTheRules() throws Exception {
    for (Path file : filesIn("tables")) {
      for (ChangesetRules.Change change : ChangesetRules.changes(Files.readString(file))) {
        assertThat(ChangesetRules.violations(change)).describedAs(file.toString()).isEmpty();
      }
    }
  }

  @Test
  void noResultOfAFunctionFollowsTheShapeOfATable() throws Exception {
    for (Path file : filesIn("functions")) {
      assertNotShapedByATable(file);
    }
  }

  /** Changes are applied one by one: in between, running nodes call what is there by then. */
  @Test
  void everyFunctionComesAfterThoseItCalls() throws IOException {
    Path db = Path.of("src/main/resources/db");
    List<String> functions =
        FUNCTION_FILE
            .matcher(Files.readString(db.resolve("changelog.yaml")))
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(functions).hasSizeGreaterThan(40);
    for (int i = 0; i < functions.size(); i++) {
      String code =
          COMMENT
              .matcher(Files.readString(db.resolve("functions/" + functions.get(i) + ".sql")))
              .replaceAll("");
      for (String later : functions.subList(i + 1, functions.size())) {
        assertThat(Pattern.compile("\\b" + later + "\\s*\\(").matcher(code).find())
            .describedAs("%s calls %s, which comes later", functions.get(i), later)
            .isFalse();
      }
    }
  }

  @Test
  void noResultOfAStatementFollowsTheShapeOfATable() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java/io/parley/store"))) {
      for (Path file : (Iterable<Path>) sources.filter(Files::isRegularFile)::iterator) {
        assertNotShapedByATable(file);
      }
    }
  }

  private static void assertNotShapedByATable(Path file) throws IOException {
    Matcher found = SHAPED_BY_A_TABLE.matcher(Files.readString(file));
    assertThat(found.find()).describedAs("%s names its columns", file).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\nalter table item add column sent_by bigint;",
        "\nalter table item add column kept boolean not null default false, add column n int default 0;",
        "\ncreate table one (id bigint primary key);\ncreate index one_id on one (id);\ninsert into one values (1);",
        " runInTransaction:false\ncreate index concurrently if not exists item_x on item (conversation);",
        " runInTransaction:false\ncreate unique index concurrently if not exists item_x\n  on item (seq) where x;",
        "\nalter table item drop constraint c, add constraint c check (type in ('a', 'b')) not valid;",
        "\nalter table item validate constraint c;",
        "\nalter table item alter column conversation set (n_distinct = -0.02);",
        "\nalter table item set (autovacuum_vacuum_scale_factor = 0.01);",
        "\ncreate extension if not exists pg_trgm;",
      })
  void anAdditiveChangeIsAllowed(String change) {
    assertThat(violations(change)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\ndrop table item;",
        "\ndrop index item_key;",
        "\nalter table item drop column body;",
        "\nalter table item rename column body to text;",
        "\nalter table item rename to entry;",
        "\nalter table item alter column seq type integer;",
        "\nalter table item alter column body set not null;",
        "\nalter table item add column sent_by bigint not null;",
        "\nalter table item add column sent_by bigint references party (id);",
        "\nalter table item add column kind text check (kind <> '');",
        "\nalter table item add column at timestamptz default clock_timestamp();",
        "\nalter table item add constraint c check (seq > 0);",
        "\nalter table item drop constraint c;",
        "\nalter table item add constraint c check (seq > 0) not valid;\nalter table item validate constraint c;",
        "\ncreate index item_x on item (conversation);",
        "\ncreate index concurrently if not exists item_x on item (conversation);",
        " runInTransaction:false\ncreate index concurrently item_x on item (conversation);",
        " runInTransaction:false\ncreate index concurrently if not exists a on item (x);\n"
            + "create index concurrently if not exists b on item (y);",
        " runInTransaction:false\nalter table item add column x text;",
        "\nupdate item set body = '';",
        "\ninsert into item select 1;",
        "\ndelete from item;",
      })
  void aChangeThatWouldStopAnOlderNodeIsFound(String change) {
    assertThat(violations(change)).isNotEmpty();
  }

  private static List<Path> filesIn(String folder) throws IOException, URISyntaxException {
    Path path = Path.of(SchemaRulesTest.class.getResource("/db/" + folder).toURI());
    try (Stream<Path> found = Files.list(path)) {
      return found.toList();
    }
  }
}
