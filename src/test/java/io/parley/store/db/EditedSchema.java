package io.parley.store.db;

import io.parley.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import liquibase.resource.DirectoryResourceAccessor;

/** A copy of the schema's files that a test edits as a later version would, and migrates to. */
final class EditedSchema {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder;

  EditedSchema(Path folder) {
    this.folder = folder;
    try {
      Path files = Path.of(EditedSchema.class.getResource("/db").toURI());
      try (Stream<Path> found = Files.walk(files)) {
        for (Path each : (Iterable<Path>) found::iterator) {
          Files.copy(each, folder.resolve("db").resolve(files.relativize(each).toString()));
        }
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  EditedSchema withChange(String table, String change) {
    return with("tables/" + table + ".sql", text -> text + "\n" + change + "\n");
  }

  EditedSchema withNumber(int number, int servesFrom) {
    return with("version.properties", text -> "number=" + number + "\nserves_from=" + servesFrom);
  }

  /** With a function that answers this number. */
  EditedSchema withRank(int rank) {
    return with(
        "functions/delivery_rank.sql",
        text -> text.replaceAll("then [0-9]+ w", "then " + rank + " w"));
  }

  EditedSchema with(String file, UnaryOperator<String> edit) {
    try {
      Path path = folder.resolve("db").resolve(file);
      Files.writeString(path, edit.apply(Files.readString(path)));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void migrate(TestDatabase database) {
    try {
      Migrations migrations =
          new Migrations(
              new SchemaFiles(this::text), new DirectoryResourceAccessor(folder), PATIENCE);
      migrations.migrate(DatabaseAddress.of(database.url()));
    } catch (SQLException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private String text(String file) {
    try {
      return Files.readString(folder.resolve("db").resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
