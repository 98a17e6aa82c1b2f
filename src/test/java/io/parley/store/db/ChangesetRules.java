package io.parley.store.db;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules by which a change of tables lets nodes of the previous version work on, and keeps
 * nobody waiting for longer than a moment. A change may do anything to the tables that it creates.
 */
final class ChangesetRules {
  private static final Pattern HEADER =
      Pattern.compile("^--changeset +[^:\\s]+:(\\S+)(.*)$", Pattern.MULTILINE);
  private static final Pattern CREATED = Pattern.compile("create table (?:if not exists )?(\\w+)");
  private static final Pattern INDEX =
      Pattern.compile(
          "create (?:unique )?index (concurrently )?(if not exists )?\\w+ on (?:only )?(\\w+).*");
  private static final Pattern ALTER = Pattern.compile("alter table (?:only )?(\\w+) (.*)");
  private static final Pattern INSERT = Pattern.compile("insert into (\\w+).*");
  private static final Pattern COLUMN =
      Pattern.compile("add (?:column )?(?:if not exists )?\\w+ .*");
  private static final Pattern CONSTRAINT =
      Pattern.compile("(add|drop|validate) constraint (\\w+).*");
  private static final Pattern HARMLESS =
      Pattern.compile(
          "create (type|sequence|extension) .*|comment on .*|drop function if exists .*|select 1");
  private static final Pattern HARMLESS_ACTION =
      Pattern.compile(
          "set \\(.*|alter (column )?\\w+ (set (\\(|statistics|storage|default).*|drop default)");
  private static final Pattern UNFIT_COLUMN =
      Pattern.compile(".*\\b(references|check|unique|primary key|generated|default [^']*\\().*");

  /** One change of a file of tables. */
  record Change(String id, String attributes, List<String> statements) {
    boolean outsideTransaction() {
      return attributes.contains("runInTransaction:false");
    }

    Set<String> createdTables() {
      Set<String> created = new HashSet<>();
      statements.forEach(
          statement ->
              CREATED.matcher(statement).results().forEach(it -> created.add(it.group(1))));
      return created;
    }
  }

  private ChangesetRules() {}

  /** The changes of a file. */
  static List<Change> changes(String text) {
    List<Change> changes = new ArrayList<>();
    Matcher header = HEADER.matcher(text);
    int from = -1;
    String id = "";
    String attributes = "";
    while (header.find()) {
      if (from >= 0) {
        changes.add(new Change(id, attributes, statements(text.substring(from, header.start()))));
      }
      id = header.group(1);
      attributes = header.group(2);
      from = header.end();
    }
    if (from >= 0) {
      changes.add(new Change(id, attributes, statements(text.substring(from))));
    }
    return changes;
  }

  private static List<String> statements(String text) {
    List<String> statements = new ArrayList<>();
    for (String each : text.replaceAll("--.*", "").split(";", -1)) {
      String statement = each.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
      if (!statement.isEmpty()) {
        statements.add(statement);
      }
    }
    return statements;
  }

  /** What is wrong with a change; empty if nothing is. */
  static List<String> violations(Change change) {
    List<String> violations = new ArrayList<>();
    Set<String> created = change.createdTables();
    for (String statement : change.statements()) {
      violations.addAll(violations(change, created, statement));
    }
    boolean buildsIndex =
        change.statements().size() == 1
            && change.statements().getFirst().contains(" index concurrently ");
    if (change.outsideTransaction() && !buildsIndex) {
      violations.add("only the concurrent build of one index runs outside a transaction");
    }
    return violations.stream().map(each -> change.id() + ": " + each).toList();
  }

  private static List<String> violations(Change change, Set<String> created, String statement) {
    Matcher index = INDEX.matcher(statement);
    Matcher alter = ALTER.matcher(statement);
    Matcher insert = INSERT.matcher(statement);
    if (statement.startsWith("create table ")) {
      return statement.contains(") as select")
          ? List.of("data is moved by background work")
          : List.of();
    }
    if (index.matches()) {
      boolean concurrent =
          index.group(1) != null && index.group(2) != null && change.outsideTransaction();
      return concurrent || created.contains(index.group(3))
          ? List.of()
          : List.of(
              "an index on an existing table is built by \"create index concurrently if not exists\""
                  + " in a change of its own with runInTransaction:false");
    }
    if (alter.matches()) {
      return created.contains(alter.group(1))
          ? List.of()
          : alterations(change, splitActions(alter.group(2)));
    }
    if (insert.matches()) {
      return created.contains(insert.group(1))
          ? List.of()
          : List.of("data is moved by background work");
    }
    return HARMLESS.matcher(statement).matches()
        ? List.of()
        : List.of("not an additive change: " + statement);
  }

  private static List<String> alterations(Change change, List<String> actions) {
    List<String> violations = new ArrayList<>();
    for (String action : actions) {
      Matcher constraint = CONSTRAINT.matcher(action);
      if (constraint.matches()) {
        violations.addAll(constraintViolations(change, constraint, action));
      } else if (COLUMN.matcher(action).matches()) {
        violations.addAll(columnViolations(action));
      } else if (!HARMLESS_ACTION.matcher(action).matches()) {
        violations.add("not an additive change: " + action);
      }
    }
    return violations;
  }

  private static List<String> columnViolations(String action) {
    if (action.contains(" not null") && !action.contains(" default ")) {
      return List.of("a new column that may not be null has a default: " + action);
    }
    return UNFIT_COLUMN.matcher(action).matches()
        ? List.of(
            "a new column has a constant default, and no constraint that reads the table: "
                + action)
        : List.of();
  }

  private static List<String> constraintViolations(
      Change change, Matcher constraint, String action) {
    String name = constraint.group(2);
    boolean fits =
        switch (constraint.group(1)) {
          case "add" -> action.endsWith(" not valid");
          case "validate" -> change.statements().size() == 1;
          default ->
              change.statements().stream()
                  .anyMatch(it -> it.matches(".*add constraint " + name + " .* not valid.*"));
        };
    return fits
        ? List.of()
        : List.of(
            "a constraint is added as \"not valid\", validated by a change of its own, and dropped only"
                + " to be replaced: "
                + action);
  }

  private static List<String> splitActions(String actions) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < actions.length(); i++) {
      char c = actions.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        parts.add(actions.substring(from, i).strip());
        from = i + 1;
      }
    }
    parts.add(actions.substring(from).strip());
    return parts;
  }
}
