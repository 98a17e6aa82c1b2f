package io.parley.store;

import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindChanges;
import io.parley.conversation.ConversationVerbs.FindNews;
import io.parley.conversation.Events;
import io.parley.conversation.Events.Receipt;
import io.parley.conversation.Member;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The change feed: everything that changed since a rev, each thing once, as it is now, at the rev
 * of its last change. Read in one snapshot, so that it is complete up to the rev it names.
 */
final class Changes {
  private final Database database;
  private final Previews previews;

  Changes(Database database, Previews previews) {
    this.database = database;
    this.previews = previews;
  }

  Future<Result<ConversationVerbs.Changes>> find(FindChanges question) {
    String mine =
        """
        select c.rev, c.last_seq from conversation c where c.id = $1 and %s
        """
            .formatted(Rows.seen("c.id", "$2"));
    return find(question, mine, Tuple.of(question.conversation(), question.caller()));
  }

  Future<Result<ConversationVerbs.Changes>> find(FindNews question) {
    return find(
        new FindChanges(question.conversation(), 0, question.since(), question.most()),
        "select c.rev, c.last_seq from conversation c where c.id = $1",
        Tuple.of(question.conversation()));
  }

  private Future<Result<ConversationVerbs.Changes>> find(
      FindChanges question, String head, Tuple whose) {
    return database
        .snapshot(connection -> read(connection, question, head, whose))
        .compose(
            feed ->
                feed.isEmpty()
                    ? Future.succeededFuture(Result.refused(Refusal.NOT_THERE))
                    : told(question, feed.get()));
  }

  private record Feed(long rev, List<TimelineChanged> events, Optional<Row> conversation) {}

  private static Future<Optional<Feed>> read(
      SqlConnection connection, FindChanges question, String head, Tuple whose) {
    return connection
        .preparedQuery(head)
        .execute(whose)
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture(Optional.empty())
                    : rest(connection, question, rows.iterator().next()).map(Optional::of));
  }

  private static Future<Feed> rest(SqlConnection connection, FindChanges question, Row head) {
    long rev = head.getLong("rev");
    long lastSeq = head.getLong("last_seq");
    return items(connection, question, lastSeq)
        .compose(
            items ->
                others(connection, question).map(others -> feed(question, rev, items, others)));
  }

  // created_rev rises with seq, so what was created since is at the end: no index is needed to find
  // it
  private static Future<RowSet<Row>> items(
      SqlConnection connection, FindChanges question, long lastSeq) {
    String sql =
        """
        with low as materialized (
          select m.party, m.read_seq from member m join party p on p.id = m.party
          where m.conversation = $1 and p.kind in %s order by m.read_seq, m.party limit 2
        ), touched as (
          select i.seq from item i where i.conversation = $1 and i.seq > $3::bigint - $4::bigint and i.created_rev > $2::bigint
          union
          (select h.subject from change h where h.conversation = $1 and h.kind = 'item' and h.rev > $2::bigint limit $4::bigint)
        )
        select i.created_rev, %s,
          coalesce((select min(l.read_seq) from low l where l.party <> i.author) >= i.seq, false) as read
        from touched t join item i on i.conversation = $1 and i.seq = t.seq join party p on p.id = i.author
        order by i.rev limit $4
        """
            .formatted(Rows.READERS, Rows.ITEM_IN_PASSING);
    return connection
        .preparedQuery(sql)
        .execute(
            Tuple.of(question.conversation(), question.since(), lastSeq, question.most() + 1L));
  }

  private static Future<RowSet<Row>> others(SqlConnection connection, FindChanges question) {
    String sql =
        """
        select h.kind as h_kind, h.rev as h_rev, h.at as h_at, m.*,
          p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name,
          (select min(r.read_seq) from member r join party q on q.id = r.party
           where h.kind = 'receipt' and r.conversation = h.conversation and q.kind in %s having count(*) > 1) as by_all
        from change h left join member m on m.conversation = h.conversation and m.party = h.subject
        left join party p on p.id = h.subject
        where h.conversation = $1 and h.kind <> 'item' and h.rev > $2 order by h.rev limit $3
        """
            .formatted(Rows.READERS);
    return connection
        .preparedQuery(sql)
        .execute(Tuple.of(question.conversation(), question.since(), question.most() + 1L));
  }

  private static Feed feed(FindChanges question, long rev, RowSet<Row> items, RowSet<Row> others) {
    List<TimelineChanged> events = new ArrayList<>();
    for (Row row : items) {
      Item item = Rows.item(row);
      events.add(
          row.getLong("created_rev") > question.since()
              ? Events.itemCreated(item)
              : Events.itemUpdated(item));
    }
    Map<Long, List<Receipt>> receipts = new TreeMap<>();
    Map<Long, Row> receiptRows = new TreeMap<>();
    Optional<Row> conversation = Optional.empty();
    for (Row row : others) {
      long at = row.getLong("h_rev");
      switch (row.getString("h_kind")) {
        case "member" -> events.add(member(question.conversation(), row, at));
        case "receipt" -> {
          if (row.getLong("party") != null) {
            receipts
                .computeIfAbsent(at, any -> new ArrayList<>())
                .add(new Receipt(Rows.party(row, "party_"), row.getLong("read_seq")));
            receiptRows.put(at, row);
          }
        }
        default -> conversation = Optional.of(row);
      }
    }
    receipts.forEach(
        (at, list) ->
            events.add(
                receipts(
                    question.conversation(),
                    list,
                    Objects.requireNonNull(receiptRows.get(at)),
                    at)));
    return new Feed(rev, events, conversation);
  }

  private static TimelineChanged receipts(
      long conversation, List<Receipt> receipts, Row row, long rev) {
    long byAll = row.getLong("by_all") == null ? 0 : row.getLong("by_all");
    return Events.receipts(conversation, receipts, byAll, rev, Rows.instant(row, "h_at"));
  }

  private static TimelineChanged member(long conversation, Row row, long rev) {
    boolean here = row.getLong("party") != null;
    Instant at = Rows.instant(row, "h_at");
    Member member =
        here
            ? Membership.member(row)
            : new Member(Rows.party(row, "party_"), false, "chat", Optional.empty(), at, 0, 0);
    return Events.member(here, conversation, member, rev, at);
  }

  private Future<Result<ConversationVerbs.Changes>> told(FindChanges question, Feed feed) {
    int count = feed.events().size() + (feed.conversation().isPresent() ? 1 : 0);
    if (count > question.most()) {
      return Future.succeededFuture(
          Result.done(new ConversationVerbs.Changes(List.of(), feed.rev(), true, false)));
    }
    if (feed.conversation().isEmpty()) {
      return Future.succeededFuture(Result.done(sorted(feed.events(), feed.rev())));
    }
    Row row = feed.conversation().get();
    return previews
        .neutral(question.conversation())
        .map(
            found -> {
              List<TimelineChanged> all = new ArrayList<>(feed.events());
              boolean created = question.since() < 1;
              all.add(
                  Events.conversation(
                      created, found, row.getLong("h_rev"), Rows.instant(row, "h_at")));
              return Result.done(sorted(all, feed.rev()));
            });
  }

  private static ConversationVerbs.Changes sorted(List<TimelineChanged> events, long rev) {
    List<TimelineChanged> sorted =
        events.stream().sorted(Comparator.comparingLong(TimelineChanged::rev)).toList();
    int bytes = 0;
    for (int i = 0; i < sorted.size(); i++) {
      if (bytes >= Rows.MOST_OF_A_PAGE) {
        return new ConversationVerbs.Changes(
            sorted.subList(0, i), sorted.get(i - 1).rev(), false, true);
      }
      bytes += sorted.get(i).event().length;
    }
    return new ConversationVerbs.Changes(sorted, rev, false, false);
  }
}
