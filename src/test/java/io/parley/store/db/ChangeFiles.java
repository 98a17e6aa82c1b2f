package io.parley.store.db;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The changelog as text. */
final class ChangeFiles {
  private static final Pattern CHANGE_FILE = Pattern.compile("[0-9]{4}-[a-z]+\\.sql");

  private ChangeFiles() {}

  /** The SQL that takes the change of this id back. */
  static String rollbackOf(String id) {
    StringBuilder rollback = new StringBuilder();
    for (String file :
        CHANGE_FILE.matcher(text("changelog.yaml")).results().map(MatchResult::group).toList()) {
      boolean inside = false;
      for (String line : text(file).split("\n", -1)) {
        if (line.startsWith("--changeset")) {
          inside = line.contains(":" + id);
        } else if (inside && line.startsWith("--rollback ")) {
          rollback.append(line.substring("--rollback ".length())).append('\n');
        }
      }
    }
    return rollback.toString();
  }

  private static String text(String file) {
    try (InputStream in = ChangeFiles.class.getResourceAsStream("/db/" + file)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
