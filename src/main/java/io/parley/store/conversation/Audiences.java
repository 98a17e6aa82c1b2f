package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.ActiveExternal;
import io.parley.conversation.ConversationVerbs.ActiveExternals;
import io.parley.conversation.ConversationVerbs.Audience;
import io.parley.conversation.ConversationVerbs.External;
import io.parley.conversation.ConversationVerbs.FindActiveExternal;
import io.parley.conversation.ConversationVerbs.FindAudience;
import io.parley.conversation.ConversationVerbs.FindExternal;
import io.parley.conversation.ConversationVerbs.FindExternalRevs;
import io.parley.conversation.ConversationVerbs.FindJoins;
import io.parley.conversation.ConversationVerbs.FindRevs;
import io.parley.conversation.ConversationVerbs.PartyConversations;
import io.parley.conversation.ConversationVerbs.Revs;
import io.parley.store.db.Database;
import io.parley.store.timeline.Visibility;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Tells live which parties receive the events of which conversations. Many are answered by one
 * query, because sockets often reconnect all at once.
 */
final class Audiences {
  // by member_party and the primary key of conversation, which is walked once for a party
  private static final String CONVERSATIONS_OF_PARTIES =
      """
      select p.party, c.ids, c.revs
      from (select distinct u.party from unnest($1::bigint[]) u (party)) p
      cross join lateral (
        select array_agg(c.id) as ids, array_agg(c.rev) as revs from conversation c
        where c.id = any (array(select m.conversation from member m where m.party = p.party))
      ) c
      where c.ids is not null
      """;

  // by the primary key of conversation
  private static final String EXTERNAL =
      "select id from conversation where id = any ($1) and kind = 'external'";
  private static final String EXTERNAL_REVS =
      "select id, rev from conversation where id = any ($1) and kind = 'external'";

  // by the primary keys of member and change
  private static final String JOINS =
      """
      select m.conversation as id, coalesce((
        select g.rev - 1 from change g where g.conversation = m.conversation and g.kind = 'member' and g.subject = m.party), 0) as rev
      from member m where m.party = $1 and m.conversation = any ($2)
      """;

  // by external_active, and the primary keys of conversation and item
  private static final String ACTIVE_EXTERNAL =
      """
      select c.id, c.rev, case when c.created_at >= w.since then 0 else coalesce((
        select min(i.created_rev) from item i
        where i.conversation = c.id and i.seq > c.last_seq - 500 and i.created_at >= w.since), c.rev + 1) - 1
        end as before
      from (select statement_timestamp() - $1 * interval '1 ms' as since offset 0) w
      cross join lateral (
        select e.conversation from external e where e.active_at >= w.since order by e.active_at desc limit $2
      ) e
      join conversation c on c.id = e.conversation
      """;
  private static final String VISIBLE_REVS =
      """
      select c.id, c.rev from conversation c where c.id = any ($2) and %s
      """
          .formatted(Visibility.visibleTo("c.id", "$1"));

  private final Database database;

  Audiences(Database database) {
    this.database = database;
  }

  Future<Audience> find(FindAudience question) {
    return database
        .read(CONVERSATIONS_OF_PARTIES, Tuple.tuple().addArrayOfLong(array(question.parties())))
        .map(
            rows ->
                new Audience(
                    StreamSupport.stream(rows.spliterator(), false)
                        .map(Audiences::conversations)
                        .toList()));
  }

  private static PartyConversations conversations(Row row) {
    return new PartyConversations(
        row.getLong("party"),
        List.of(row.getArrayOfLongs("ids")),
        List.of(row.getArrayOfLongs("revs")));
  }

  Future<External> find(FindExternal question) {
    return database
        .read(EXTERNAL, Tuple.tuple().addArrayOfLong(array(question.conversations())))
        .map(
            rows -> {
              Set<Long> external = new HashSet<>();
              rows.forEach(row -> external.add(row.getLong("id")));
              return new External(external);
            });
  }

  Future<Revs> find(FindRevs question) {
    return database
        .read(
            VISIBLE_REVS,
            Tuple.of(question.caller()).addArrayOfLong(array(question.conversations())))
        .map(Audiences::revs);
  }

  Future<Revs> find(FindExternalRevs question) {
    return database
        .read(EXTERNAL_REVS, Tuple.tuple().addArrayOfLong(array(question.conversations())))
        .map(Audiences::revs);
  }

  Future<Revs> find(FindJoins question) {
    return database
        .read(JOINS, Tuple.of(question.party()).addArrayOfLong(array(question.conversations())))
        .map(Audiences::revs);
  }

  private static Revs revs(RowSet<Row> rows) {
    Map<Long, Long> revs = new HashMap<>();
    rows.forEach(row -> revs.put(row.getLong("id"), row.getLong("rev")));
    return new Revs(revs);
  }

  Future<ActiveExternals> find(FindActiveExternal question) {
    return database
        .read(ACTIVE_EXTERNAL, Tuple.of(question.ageMs(), (long) question.limit() + 1))
        .map(
            rows -> {
              List<ActiveExternal> found = new ArrayList<>(rows.size());
              rows.forEach(
                  row ->
                      found.add(
                          new ActiveExternal(
                              row.getLong("id"), row.getLong("before"), row.getLong("rev"))));
              return new ActiveExternals(found, found.size() > question.limit());
            });
  }

  private static Long[] array(List<Long> ids) {
    return ids.toArray(Long[]::new);
  }
}
