package io.parley.store.conversation;

import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationEvents.Receipt;
import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.conversation.Member;
import io.parley.store.timeline.TimelineRows;
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

/** What changed in one conversation, as {@link Changes} found it. */
final class ConversationChanges {
  private final long conversation;
  private final long rev;
  private final long count;
  private final int most;
  private final List<Row> rows = new ArrayList<>();

  /** The two who have read least of those who can read, and how far. */
  private final Long[] lowest;

  private final Long[] lowestSeqs;

  /** {@code first} is of its oldest change, or says that there is none. */
  ConversationChanges(Row first, int most) {
    this.conversation = first.getLong("c_id");
    this.rev = first.getLong("c_rev");
    this.count = first.getLong("n");
    this.most = most;
    this.lowest = numbers(first.getArrayOfLongs("low_parties"));
    this.lowestSeqs = numbers(first.getArrayOfLongs("low_seqs"));
  }

  private static Long[] numbers(Long @Nullable [] found) {
    return found == null ? new Long[0] : found;
  }

  void add(Row row) {
    if (row.getBoolean("told")) {
      rows.add(row);
    }
  }

  public long conversation() {
    return conversation;
  }

  boolean tellsConversation() {
    return rows.stream().anyMatch(row -> row.getString("h_kind").equals("conversation"));
  }

  private boolean isTooMuch() {
    return count > most;
  }

  /** Whether there is more than was asked for. */
  private boolean isCut() {
    return !isTooMuch() && rows.size() < count;
  }

  /** {@code now}: the conversation itself, if that changed. */
  public Changes changes(long since, Optional<Conversation> now) {
    if (isTooMuch()) {
      return new Changes(List.of(), rev, true, false);
    }
    List<TimelineChanged> events = new ArrayList<>(rows.size());
    Map<Long, List<Row>> receipts = new TreeMap<>();
    long last = since;
    for (Row row : rows) {
      last = row.getLong("h_rev");
      switch (row.getString("h_kind")) {
        case "item" -> events.add(item(row, since));
        case "member" -> events.add(member(row));
        case "receipt" -> receipts.computeIfAbsent(last, any -> new ArrayList<>(1)).add(row);
        default -> events.add(conversation(now.orElseThrow(), row, since));
      }
    }
    receipts.values().forEach(marks -> receipts(marks).ifPresent(events::add));
    events.sort(Comparator.comparingLong(TimelineChanged::rev));
    return new Changes(events, isCut() ? last : rev, false, isCut());
  }

  private TimelineChanged item(Row row, long since) {
    var item = TimelineRows.item(row, isRead(row.getLong("author_id"), row.getLong("seq")));
    return row.getLong("created_rev") > since
        ? ConversationEvents.itemCreated(item)
        : ConversationEvents.itemUpdated(item);
  }

  // by all but its author
  private boolean isRead(long author, long seq) {
    for (int i = 0; i < lowest.length; i++) {
      if (lowest[i] != author) {
        return lowestSeqs[i] >= seq;
      }
    }
    return false;
  }

  private TimelineChanged member(Row row) {
    boolean here = row.getString("m_role") != null;
    Instant at = TimelineRows.instant(row, "h_at");
    Member member =
        here
            ? Membership.member(row, "m_")
            : new Member(
                TimelineRows.party(row, "party_"), false, "chat", Optional.empty(), at, 0, 0);
    return ConversationEvents.member(here, conversation, member, row.getLong("h_rev"), at);
  }

  // marks that moved together share a rev; who has left since is not told of
  private Optional<TimelineChanged> receipts(List<Row> marks) {
    List<Row> here = marks.stream().filter(row -> row.getString("m_role") != null).toList();
    if (here.isEmpty()) {
      return Optional.empty();
    }
    Row last = here.getLast();
    List<Receipt> receipts =
        here.stream()
            .map(row -> new Receipt(TimelineRows.party(row, "party_"), row.getLong("m_read_seq")))
            .toList();
    return Optional.of(
        ConversationEvents.receipts(
            conversation,
            receipts,
            lowestSeqs.length > 1 ? lowestSeqs[0] : 0,
            last.getLong("h_rev"),
            TimelineRows.instant(last, "h_at")));
  }

  private static TimelineChanged conversation(Conversation now, Row row, long since) {
    return ConversationEvents.conversation(
        since < 1, now, row.getLong("h_rev"), TimelineRows.instant(row, "h_at"));
  }
}
