package io.parley.store.conversation;

import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationEvents.Receipt;
import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.conversation.Member;
import io.parley.store.db.SqlTime;
import io.parley.store.identity.PartyRows;
import io.parley.store.timeline.ItemRows;
import io.parley.timeline.Item;
import io.parley.timeline.TimelineChanged;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The changes of one conversation, from the rows of {@link ChangeFeed}. */
final class ConversationChanges {
  private final long conversation;
  private final long rev;
  private final long count;
  private final int maxChanges;
  private final boolean everyRev;
  private final List<Row> rows = new ArrayList<>();

  /** The two readers who have read least, and how far they have read. */
  private final Long[] leastRead;

  private final Long[] leastReadSeqs;

  /**
   * {@code first} has the oldest change, or says that there is none. {@code everyRev}: whether an
   * item created and then changed since is returned twice, under both revs, so that no rev is
   * missing between the two.
   */
  ConversationChanges(Row first, int maxChanges, boolean everyRev) {
    this.everyRev = everyRev;
    this.conversation = first.getLong("c_id");
    this.rev = first.getLong("c_rev");
    this.count = first.getLong("n");
    this.maxChanges = maxChanges;
    this.leastRead = orEmpty(first.getArrayOfLongs("low_parties"));
    this.leastReadSeqs = orEmpty(first.getArrayOfLongs("low_seqs"));
  }

  private static Long[] orEmpty(Long @Nullable [] found) {
    return found == null ? new Long[0] : found;
  }

  void add(Row row) {
    if (row.getBoolean("told")) {
      rows.add(row);
    }
  }

  long conversation() {
    return conversation;
  }

  /** Whether the conversation itself changed, beside what is in it. */
  boolean includesConversation() {
    return rows.stream().anyMatch(row -> row.getString("h_kind").equals("conversation"));
  }

  private boolean isTooMany() {
    return count > maxChanges;
  }

  /** Whether there are more changes than fit. */
  private boolean isTruncated() {
    return !isTooMany() && rows.size() < count;
  }

  /** {@code now} is the conversation itself, if that changed. */
  Changes changes(long since, Optional<Conversation> now) {
    if (isTooMany()) {
      return new Changes(List.of(), rev, true, false);
    }
    List<TimelineChanged> events = new ArrayList<>(rows.size());
    Map<Long, List<Row>> receipts = new TreeMap<>();
    long last = since;
    for (Row row : rows) {
      last = row.getLong("h_rev");
      switch (row.getString("h_kind")) {
        case "item" -> addItem(events, row, since);
        case "member" -> events.add(member(row));
        case "receipt" -> receipts.computeIfAbsent(last, any -> new ArrayList<>(1)).add(row);
        default -> events.add(conversation(now.orElseThrow(), row, since));
      }
    }
    receipts.values().forEach(marks -> receipts(marks).ifPresent(events::add));
    events.sort(Comparator.comparingLong(TimelineChanged::rev));
    return new Changes(events, isTruncated() ? last : rev, false, isTruncated());
  }

  private void addItem(List<TimelineChanged> events, Row row, long since) {
    Item item = ItemRows.item(row, isRead(row.getLong("author_id"), row.getLong("seq")));
    long created = row.getLong("created_rev");
    boolean isNew = created > since;
    if (isNew && everyRev && item.rev() > created) {
      events.add(ConversationEvents.itemCreated(item.at(created)));
      events.add(ConversationEvents.itemUpdated(item));
    } else {
      events.add(
          isNew ? ConversationEvents.itemCreated(item) : ConversationEvents.itemUpdated(item));
    }
  }

  // an author does not count as a reader of their own item
  private boolean isRead(long author, long seq) {
    for (int i = 0; i < leastRead.length; i++) {
      if (leastRead[i] != author) {
        return leastReadSeqs[i] >= seq;
      }
    }
    return false;
  }

  private TimelineChanged member(Row row) {
    boolean present = row.getString("m_role") != null;
    Instant at = SqlTime.instant(row, "h_at");
    Member member =
        present
            ? Membership.member(row, "m_")
            : new Member(
                PartyRows.party(row, "party_"),
                false,
                Optional.empty(),
                Optional.empty(),
                at,
                0,
                0);
    return ConversationEvents.member(present, conversation, member, row.getLong("h_rev"), at);
  }

  // marks that moved together share a rev; members who have left since are left out
  private Optional<TimelineChanged> receipts(List<Row> marks) {
    List<Row> present = marks.stream().filter(row -> row.getString("m_role") != null).toList();
    if (present.isEmpty()) {
      return Optional.empty();
    }
    Row last = present.getLast();
    List<Receipt> receipts =
        present.stream()
            .map(row -> new Receipt(PartyRows.party(row, "party_"), row.getLong("m_read_seq")))
            .toList();
    return Optional.of(
        ConversationEvents.receipts(
            conversation,
            receipts,
            leastReadSeqs.length > 1 ? leastReadSeqs[0] : 0,
            last.getLong("h_rev"),
            SqlTime.instant(last, "h_at")));
  }

  private static TimelineChanged conversation(Conversation now, Row row, long since) {
    return ConversationEvents.conversation(
        since < 1, now, row.getLong("h_rev"), SqlTime.instant(row, "h_at"));
  }
}
