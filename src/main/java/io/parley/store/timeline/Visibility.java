package io.parley.store.timeline;

/** SQL for the question who may see a conversation. */
public final class Visibility {
  private Visibility() {}

  /**
   * A condition that holds if {@code party} may see {@code conversation}, both given as SQL:
   * members see their conversations, and every account that is not a plain user sees external ones.
   * Look-ups by the primary keys of member, conversation and account.
   */
  public static String visibleTo(String conversation, String party) {
    return """
        (exists (select from member m where m.conversation = %1$s and m.party = %2$s)
          or exists (select from conversation x join account y on y.id = %2$s where x.id = %1$s and x.kind = 'external' and y.role <> 'user'))\
        """
        .formatted(conversation, party);
  }
}
