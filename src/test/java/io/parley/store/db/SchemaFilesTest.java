package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class SchemaFilesTest {
  private final SchemaFiles files = SchemaFiles.ofThisBuild();

  @Test
  void everyFileIsInTheChangelog() throws Exception {
    String changelog = SchemaFiles.resource(SchemaFiles.CHANGELOG);
    for (String folder : List.of("tables", "functions")) {
      assertThat(filesIn(folder))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(changelog).containsOnlyOnce("{ file: " + file + ","));
    }
  }

  @Test
  void aFunctionFileHoldsOneDefinitionAndIsNamedForIt() {
    assertThat(files.functions())
        .allSatisfy(
            name -> {
              String text = files.textOf(name);
              assertThat(text)
                  .startsWith(
                      "--liquibase formatted sql\n\n--changeset parley:"
                          + name
                          + " runOnChange:true splitStatements:false\n-- ")
                  .containsOnlyOnce("--changeset")
                  .containsOnlyOnce("create or replace function " + name + "(");
              assertThat(text.split("\\bcreate (or replace )?function\\b")).hasSize(2);
            });
  }

  @Test
  void noTwoChangesHaveOneId() {
    assertThat(files.changes()).doesNotHaveDuplicates();
  }

  @Test
  void theHashNoticesAChangedFunction() {
    assertThat(edited("functions/mark_read.sql", text -> text.replace("v_now", "v_then")).hash())
        .isNotEqualTo(files.hash());
  }

  @Test
  void theHashNoticesANewChange() {
    assertThat(edited("tables/file.sql", text -> text + "\n--changeset parley:new\n").hash())
        .isNotEqualTo(files.hash());
  }

  @Test
  void theHashIgnoresACommentOnATable() {
    assertThat(edited("tables/file.sql", text -> text + "\n-- a comment\n").hash())
        .isEqualTo(files.hash());
  }

  private static SchemaFiles edited(String file, UnaryOperator<String> edit) {
    return new SchemaFiles(
        name -> {
          String text = SchemaFiles.resource(name);
          return name.equals(file) ? edit.apply(text) : text;
        });
  }

  private static List<String> filesIn(String folder) throws IOException, URISyntaxException {
    Path path = Path.of(SchemaFilesTest.class.getResource("/db/" + folder).toURI());
    try (Stream<Path> found = Files.list(path)) {
      return found.map(file -> folder + "/" + file.getFileName()).toList();
    }
  }
}
