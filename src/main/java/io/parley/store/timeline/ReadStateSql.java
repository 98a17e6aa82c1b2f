package io.parley.store.timeline;

/** SQL fragments for how far the members of a conversation have read. */
public final class ReadStateSql {
  /** The kinds of party that have an account, and so can read. */
  public static final String READER_KINDS = "('person', 'company', 'influencer')";

  /**
   * The two members of conversation $1 who have read least. An author does not count as a reader of
   * their own item, so two are enough to decide for any author. By the primary key of member.
   */
  static final String LEAST_READ =
      """
      with low as materialized (
        select m.party, m.read_seq from member m join party p on p.id = m.party
        where m.conversation = $1 and p.kind in %s order by m.read_seq, m.party limit 2
      )
      """
          .formatted(READER_KINDS);

  /** Whether everybody but its author has read item {@code i}, by {@link #LEAST_READ}. */
  static final String IS_READ =
      "coalesce((select min(l.read_seq) from low l where l.party <> i.author) >= i.seq, false) as read";

  private ReadStateSql() {}
}
