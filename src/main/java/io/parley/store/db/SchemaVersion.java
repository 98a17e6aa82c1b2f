package io.parley.store.db;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;

/**
 * The version of a schema, and what a node of that version has to do on a database.
 *
 * <p>The number orders versions; the hash tells two schemas of one number apart, which exist only
 * between two releases. A node never puts its functions in the place of those of a higher number.
 * Among equal numbers the last one to come is in force, unless a running node would lose the
 * functions that it was started with.
 *
 * @param number rises with every release that changes the schema
 * @param servesFrom the lowest number whose nodes can use this schema
 * @param hash identifies the changes and functions
 */
record SchemaVersion(int number, int servesFrom, String hash) {
  /** The number of schemas from before there were numbers. */
  private static final int UNNUMBERED = 1;

  private static final Comparator<Applied> ORDER =
      Comparator.comparingInt(Applied::number).thenComparingInt(Applied::place);

  /**
   * A version that a database has had.
   *
   * @param place its place in the order of time
   */
  record Applied(String hash, int number, int servesFrom, int place) {
    static final String QUERY =
        """
        select v.hash, coalesce((to_jsonb(v) ->> 'number')::integer, %1$d),
          coalesce((to_jsonb(v) ->> 'serves_from')::integer, %1$d), row_number() over (order by v.applied_at)
        from schema_version v
        """
            .formatted(UNNUMBERED);
  }

  /** What a starting node does about the schema. */
  enum Step {
    /** Nothing: the schema in force is its own. */
    NONE,
    /** Nothing: the schema in force is a later one, which serves this node as well. */
    USE_LATER,
    /** Bring the schema up to date. */
    UPDATE,
    /** End: the schema in force no longer serves this node. */
    REFUSE
  }

  static SchemaVersion of(SchemaFiles files) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(files.version()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new SchemaVersion(
        Integer.parseInt(properties.getProperty("number")),
        Integer.parseInt(properties.getProperty("serves_from")),
        files.hash());
  }

  /**
   * What to do on a database that has had these versions.
   *
   * @param shared whether a running node uses the database
   */
  Step stepOn(List<Applied> versions, boolean shared) {
    if (versions.isEmpty()) {
      return Step.UPDATE;
    }
    Applied inForce = versions.stream().max(ORDER).orElseThrow();
    if (inForce.number() > number) {
      return number < inForce.servesFrom() ? Step.REFUSE : Step.USE_LATER;
    }
    if (inForce.number() == number && inForce.hash().equals(hash)) {
      return Step.NONE;
    }
    return inForce.number() == number && isAmong(versions) && shared ? Step.USE_LATER : Step.UPDATE;
  }

  /** Whether a database with these versions has had this one. */
  boolean isAmong(List<Applied> versions) {
    return versions.stream().anyMatch(each -> each.hash().equals(hash));
  }

  /** Asks whether the database has, or has had, this version, or has gone on to a later one. */
  String currentQuery() {
    return "select exists (select from schema_version where hash = '%s' or number > %d)"
        .formatted(hash, number);
  }

  /** Records that this version is in force from now on. */
  String recordStatement() {
    return """
        insert into schema_version (hash, number, serves_from, applied_at)
        values ('%s', %d, %d, clock_timestamp())
        on conflict (hash) do update
        set number = excluded.number, serves_from = excluded.serves_from, applied_at = excluded.applied_at
        """
        .formatted(hash, number, servesFrom);
  }
}
