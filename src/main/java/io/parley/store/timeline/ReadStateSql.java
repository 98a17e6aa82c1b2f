package io.parley.store.timeline;

import io.parley.store.identity.PartyRows;

/** SQL fragments for how far the members of a conversation have read. */
public final class ReadStateSql {
  /** The kinds of party that have an account, and so can read. */
  public static final String READER_KINDS = PartyRows.USER_KINDS;

  /** {@link #leastRead} of conversation $1. */
  static final String LEAST_READ = "with low as materialized (" + leastRead("$1") + ")\n";

  /** Whether everybody but its author has read item {@code i}, by {@link #LEAST_READ}. */
  static final String IS_READ =
      "coalesce((select min(l.read_seq) from low l where l.party <> i.author) >= i.seq, false) as read";

  private ReadStateSql() {}

  /**
   * The two members of {@code conversation}, given as SQL, who have read least. An author does not
   * count as a reader of their own item, so two are enough to decide for any author.
   *
   * <p>By the primary key of member, and of party for a few: members are sorted first, and asked
   * for their kind in that order until two are found. Asking first would look up every member of a
   * large group.
   */
  public static String leastRead(String conversation) {
    return """
        select m.party, m.read_seq
        from (
          select m.party, m.read_seq from member m where m.conversation = %s
          order by m.read_seq, m.party offset 0
        ) m
        where (select p.kind from party p where p.id = m.party) in %s
        order by m.read_seq, m.party limit 2\
        """
        .formatted(conversation, READER_KINDS);
  }
}
