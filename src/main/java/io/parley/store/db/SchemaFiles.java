package io.parley.store.db;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The files that define the schema, in the order of the changelog: changes of tables under {@code
 * tables/}, and the present definition of one function in each file under {@code functions/}.
 *
 * <p>{@link #hash} stands for the schema they define. A released change is never edited, so its id
 * is enough; a function is identified by its text.
 */
final class SchemaFiles {
  static final String CHANGELOG = "changelog.yaml";
  private static final String VERSION = "version.properties";
  private static final String TABLES = "tables/";
  private static final String FUNCTIONS = "functions/";
  private static final Pattern INCLUDED = Pattern.compile("file:\\s*([^\\s,]+\\.sql)");
  private static final Pattern CHANGE =
      Pattern.compile("^--\\s*changeset\\s+[^:\\s]+:(\\S+)", Pattern.MULTILINE);
  private static final Pattern CONCURRENT_INDEX =
      Pattern.compile(
          "^create\\s+(?:unique\\s+)?index\\s+concurrently\\s+if\\s+not\\s+exists\\s+(\\w+)",
          Pattern.MULTILINE | Pattern.CASE_INSENSITIVE);

  private final UnaryOperator<String> text;
  private final List<String> files;

  /** {@code text} reads a file by its path below the folder of the changelog. */
  SchemaFiles(UnaryOperator<String> text) {
    this.text = text;
    this.files = matches(text.apply(CHANGELOG), INCLUDED);
  }

  /** The files of this build. */
  static SchemaFiles ofThisBuild() {
    return new SchemaFiles(SchemaFiles::resource);
  }

  static String resource(String file) {
    try (InputStream in = SchemaFiles.class.getResourceAsStream("/db/" + file)) {
      if (in == null) {
        throw new IllegalStateException("db/" + file + " is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The ids of all changes, functions included, in the order in which they are applied. */
  List<String> changes() {
    return changesOf(files);
  }

  /** The ids of the changes of tables. */
  List<String> tableChanges() {
    return changesOf(files.stream().filter(file -> file.startsWith(TABLES)).toList());
  }

  /** The names of the functions, which are the names of their files. */
  List<String> functions() {
    return files.stream()
        .filter(file -> file.startsWith(FUNCTIONS))
        .map(file -> file.substring(FUNCTIONS.length(), file.length() - ".sql".length()))
        .toList();
  }

  String textOf(String function) {
    return text.apply(FUNCTIONS + function + ".sql");
  }

  /** The names of the indexes that are built while others use the table. */
  List<String> concurrentIndexes() {
    return tableTexts().stream().flatMap(each -> matches(each, CONCURRENT_INDEX).stream()).toList();
  }

  /** The texts of the files of tables. */
  List<String> tableTexts() {
    return files.stream().filter(file -> file.startsWith(TABLES)).map(text).toList();
  }

  /** The text of the file that says which version this is. */
  String version() {
    return text.apply(VERSION);
  }

  /** Tells the schema of this build from any other; SHA-256 in hexadecimal. */
  String hash() {
    MessageDigest digest = sha256();
    List<String> parts = new ArrayList<>(tableChanges());
    functions().forEach(function -> parts.add(textOf(function)));
    for (String part : parts) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private List<String> changesOf(List<String> some) {
    return some.stream().flatMap(file -> matches(text.apply(file), CHANGE).stream()).toList();
  }

  private static List<String> matches(String text, Pattern pattern) {
    return pattern.matcher(text).results().map((MatchResult found) -> found.group(1)).toList();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
