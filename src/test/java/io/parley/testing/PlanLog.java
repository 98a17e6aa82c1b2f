package io.parley.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The plans that PostgreSQL has executed, read from its log by means of auto_explain. */
public final class PlanLog {
  /** Sent to a database before others connect to it, with its name in the place of {@code %s}. */
  private static final String ENABLE =
      """
      alter database %1$s set session_preload_libraries = 'auto_explain';
      alter database %1$s set auto_explain.log_min_duration = 0;
      alter database %1$s set auto_explain.log_format = 'json';
      alter database %1$s set auto_explain.log_analyze = on;
      alter database %1$s set auto_explain.log_timing = off;
      alter database %1$s set auto_explain.log_buffers = off;
      alter database %1$s set auto_explain.log_nested_statements = on;
      """;

  private final Path log;
  private long offset;

  public PlanLog(Path log) {
    this.log = log;
    skip();
  }

  public static String enable(String database) {
    return ENABLE.formatted(database);
  }

  /** Forgets what has been logged so far. */
  public void skip() {
    try {
      offset = Files.size(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The plans that were logged since the last call of this method or {@link #skip}. */
  public List<Plan> read() {
    List<Plan> plans = new ArrayList<>();
    StringBuilder plan = new StringBuilder();
    for (String line : (added() + "\n").split("\n", -1)) {
      if (line.startsWith("\t") && !plan.isEmpty()) {
        plan.append(line.substring(1)).append('\n');
        continue;
      }
      if (plan.length() > 1) {
        plans.add(new Plan(new JsonObject(plan.substring(1))));
      }
      plan.setLength(0);
      if (line.endsWith("plan:")) {
        plan.append(' ');
      }
    }
    return plans;
  }

  private String added() {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      byte[] bytes = new byte[(int) (file.length() - offset)];
      file.seek(offset);
      file.readFully(bytes);
      offset += bytes.length;
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One executed statement. */
  public record Plan(JsonObject json) {
    public String query() {
      return json.getString("Query Text");
    }

    /** The tables that were read from end to end. */
    public List<String> scanned() {
      List<String> tables = new ArrayList<>();
      visit(
          json.getJsonObject("Plan"),
          node -> {
            if (node.getString("Node Type").equals("Seq Scan") && loops(node) > 0) {
              tables.add(node.getString("Relation Name"));
            }
          });
      return tables;
    }

    /** How many rows were read from tables, those that a condition sorted out included. */
    public long rowsRead() {
      long[] rows = {0};
      visit(
          json.getJsonObject("Plan"),
          node -> {
            if (node.containsKey("Relation Name")) {
              double each =
                  node.getDouble("Actual Rows", 0.0)
                      + node.getDouble("Rows Removed by Filter", 0.0)
                      + node.getDouble("Rows Removed by Index Recheck", 0.0);
              rows[0] += Math.round(each * loops(node));
            }
          });
      return rows[0];
    }

    private static double loops(JsonObject node) {
      return node.getDouble("Actual Loops", 0.0);
    }

    private static void visit(JsonObject node, Consumer<JsonObject> visitor) {
      visitor.accept(node);
      JsonArray children = node.getJsonArray("Plans", new JsonArray());
      for (int i = 0; i < children.size(); i++) {
        visit(children.getJsonObject(i), visitor);
      }
    }
  }
}
