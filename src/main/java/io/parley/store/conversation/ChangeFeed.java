package io.parley.store.conversation;

import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.conversation.ConversationVerbs.FindAllChanges;
import io.parley.conversation.ConversationVerbs.FindChanges;
import io.parley.conversation.ConversationVerbs.FindMissed;
import io.parley.conversation.ConversationVerbs.Missed;
import io.parley.conversation.ConversationVerbs.Place;
import io.parley.store.db.Database;
import io.parley.store.timeline.ItemSql;
import io.parley.store.timeline.ReadStateSql;
import io.parley.store.timeline.Visibility;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The change feed: everything that changed since a rev, each thing once, as it is now, at the rev
 * of its last change. A single statement reads it, so one snapshot: it is complete up to the rev it
 * names.
 *
 * <p>The statement finds and counts the changes first, and then reads only as many as may be
 * returned. {@code created_rev} rises with {@code seq}, so new items are at the end of the
 * timeline. The look-ups are lateral with {@code offset 0}, so that a generic plan never scans a
 * table to find a few rows, whatever the statistics say.
 */
final class ChangeFeed {
  // by the primary keys of conversation, item, member and party, and by change_rev
  private static final String CHANGES =
      """
      with head as materialized (
        select w.idx, w.since, c.id, c.rev, c.last_seq
        from unnest($2::bigint[], $3::bigint[]) with ordinality as w (id, since, idx) join conversation c on c.id = w.id
        where %1$s
      ), met as (
        select h.idx, h.id, h.rev as c_rev, h.since, f.kind, f.subject, f.rev, f.at, f.size
        from head h left join lateral (
          with moved as materialized (
            select g.kind, g.subject, g.rev, g.at from change g
            where g.conversation = h.id and g.rev > h.since order by g.rev limit $4::bigint + 1
          )
          select v.kind, v.subject, v.rev, v.at, 300 as size from moved v where v.kind <> 'item'
          union all
          select 'item', t.seq, i.rev, i.updated_at, i.size
          from (
            select n.seq from item n
            where n.conversation = h.id and n.seq > h.last_seq - least($4::bigint + 1, h.rev - h.since) and n.created_rev > h.since
            union select v.subject from moved v where v.kind = 'item'
          ) t
          cross join lateral (
            select i.rev, i.updated_at, least(300 + coalesce(octet_length(i.body), 0) + coalesce(pg_column_size(i.payload), 0), 32768) as size
            from item i where i.conversation = h.id and i.seq = t.seq offset 0
          ) i
        ) f on true
      ), counted as (
        select m.*, count(m.kind) over (partition by m.idx) as n,
          row_number() over (partition by m.idx order by m.rev, m.kind, m.subject) as nth
        from met m
      ), cut as (
        select c.*, c.n > 0 and c.n <= $4 and coalesce(
          sum(case when c.n <= $4 then c.size end) over (order by c.idx, c.rev groups between unbounded preceding and 1 preceding), 0) < $5 as told
        from counted c
      )
      select %2$s, i.created_rev,
        g.id as c_id, g.c_rev, g.n, g.told, g.kind as h_kind, g.rev as h_rev, g.at as h_at,
        m.role as m_role, m.channel as m_channel, m.via as m_via, m.joined_at as m_joined_at, m.read_seq as m_read_seq,
        m.delivered_seq as m_delivered_seq, q.id as party_id, q.kind as party_kind, q.handle as party_handle, q.name as party_name,
        low.parties as low_parties, low.seqs as low_seqs
      from cut g
      left join lateral (
        select i.* from item i where g.told and g.kind = 'item' and i.conversation = g.id and i.seq = g.subject offset 0
      ) i on true
      left join lateral (select p.* from party p where p.id = i.author offset 0) p on true
      left join lateral (
        select m.* from member m where g.told and g.kind in ('member', 'receipt') and m.conversation = g.id and m.party = g.subject offset 0
      ) m on true
      left join lateral (
        select q.* from party q where g.told and g.kind in ('member', 'receipt') and q.id = g.subject offset 0
      ) q on true
      left join lateral (
        select array_agg(r.party order by r.read_seq, r.party) as parties, array_agg(r.read_seq order by r.read_seq, r.party) as seqs
        from (%3$s) r
      ) low on true
      where g.told or g.nth = 1
      order by g.idx, g.rev, g.kind, g.subject
      """;

  private static final String VISIBLE_CHANGES = changes(Visibility.visibleTo("c.id", "$1::bigint"));
  private static final String ALL_CHANGES = changes("$1::bigint = 0");

  /** For changes that the gateway itself has missed. */
  private static final int MAX_REPAIR_BYTES = 1024 * 1024;

  private static String changes(String visible) {
    return CHANGES.formatted(
        visible,
        ItemSql.SHORT_COLUMNS,
        ReadStateSql.leastRead("case when g.nth = 1 and g.n > 0 then g.id end"));
  }

  private final Database database;
  private final Previews previews;

  ChangeFeed(Database database, Previews previews) {
    this.database = database;
    this.previews = previews;
  }

  Future<Result<Changes>> find(FindChanges question) {
    Place place = new Place(question.conversation(), question.since());
    int maxBytes = ItemSql.MAX_PAGE_BYTES;
    return find(
            VISIBLE_CHANGES, false, question.caller(), List.of(place), question.most(), maxBytes)
        .map(missed -> restartIfAhead(only(missed, place), place.since()));
  }

  // a client may know revs that no longer exist, for example from before a backup was restored
  private static Result<Changes> restartIfAhead(Result<Changes> result, long since) {
    return result instanceof Result.Done<Changes> done && since > done.value().rev()
        ? Result.done(new Changes(List.of(), done.value().rev(), true, false))
        : result;
  }

  Future<Result<Changes>> find(FindAllChanges question) {
    Place place = new Place(question.conversation(), question.since());
    return find(ALL_CHANGES, true, 0, List.of(place), question.most(), MAX_REPAIR_BYTES)
        .map(missed -> only(missed, place));
  }

  Future<Missed> find(FindMissed question) {
    return find(
        VISIBLE_CHANGES,
        false,
        question.caller(),
        question.places(),
        question.most(),
        question.bytes());
  }

  private static Result<Changes> only(Missed missed, Place place) {
    Changes changes = missed.changes().get(place.conversation());
    return changes == null ? Result.refused(Refusal.NOT_THERE) : Result.done(changes);
  }

  private Future<Missed> find(
      String sql, boolean everyRev, long caller, List<Place> places, int maxChanges, int maxBytes) {
    Tuple parameters =
        Tuple.of(caller)
            .addArrayOfLong(places.stream().map(Place::conversation).toArray(Long[]::new))
            .addArrayOfLong(places.stream().map(Place::since).toArray(Long[]::new))
            .addLong((long) maxChanges)
            .addLong((long) maxBytes);
    return database
        .read(sql, parameters)
        .map(rows -> byConversation(rows, maxChanges, everyRev))
        .compose(
            found -> changedConversations(found).map(current -> missed(found, places, current)));
  }

  private static Map<Long, ConversationChanges> byConversation(
      RowSet<Row> rows, int maxChanges, boolean everyRev) {
    Map<Long, ConversationChanges> found = new LinkedHashMap<>();
    rows.forEach(
        row ->
            found
                .computeIfAbsent(
                    row.getLong("c_id"), any -> new ConversationChanges(row, maxChanges, everyRev))
                .add(row));
    return found;
  }

  private Future<Map<Long, Conversation>> changedConversations(
      Map<Long, ConversationChanges> found) {
    List<Long> changed =
        found.values().stream()
            .filter(ConversationChanges::includesConversation)
            .map(ConversationChanges::conversation)
            .toList();
    return changed.isEmpty() ? Future.succeededFuture(Map.of()) : previews.conversations(changed);
  }

  private static Missed missed(
      Map<Long, ConversationChanges> found, List<Place> places, Map<Long, Conversation> current) {
    Map<Long, Changes> changes = new LinkedHashMap<>();
    for (Place place : places) {
      ConversationChanges each = found.get(place.conversation());
      if (each != null) {
        Optional<Conversation> now = Optional.ofNullable(current.get(place.conversation()));
        changes.put(place.conversation(), each.changes(place.since(), now));
      }
    }
    return new Missed(changes);
  }
}
