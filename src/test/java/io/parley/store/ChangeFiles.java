package io.parley.store;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The changelog as text. */
final class ChangeFiles {
  private ChangeFiles() {}

  /** The SQL that takes the change of this id back. */
  static String rollbackOf(String id) {
    StringBuilder rollback = new StringBuilder();
    for (String file :
        List.of("0001-identity.sql", "0002-timeline.sql", "0003-deal.sql", "0004-channel.sql")) {
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
