package io.parley.store.conversation;

import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs.FindPreview;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.Updated;
import io.parley.conversation.Preview;
import io.parley.store.db.SqlTime;
import io.parley.store.timeline.LockedConversation;
import io.parley.store.timeline.RefusedTransaction;
import io.parley.store.timeline.Visibility;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One update of a group, in a transaction that holds the conversation's lock. Every change takes a
 * rev of its own: members first, the conversation's own change (name, owner) last.
 */
final class GroupUpdate {
  // each by the primary keys of conversation, member, party and change
  private static final String FIND_ROLE =
      """
      select m.role, date_trunc('milliseconds', clock_timestamp()) as now
      from conversation c left join member m on m.conversation = c.id and m.party = $2
      where c.id = $1 and %s
      """
          .formatted(Visibility.visibleTo("c.id", "$2"));
  private static final String REMOVE =
      """
      with gone as (
        delete from member where conversation = $1 and party = any ($2)
        returning conversation, party, role, channel, via, read_seq, delivered_seq, joined_at
      )
      select gone.*, p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from gone join party p on p.id = gone.party order by p.id
      """;
  private static final String ADD =
      """
      with came as (
        insert into member (conversation, party, read_seq, delivered_seq, joined_at)
        select $1, x, c.last_seq, c.last_seq, clock_timestamp() from unnest($2::bigint[]) x, conversation c where c.id = $1
        on conflict do nothing
        returning conversation, party, role, channel, via, read_seq, delivered_seq, joined_at
      )
      select came.*, p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from came join party p on p.id = came.party order by p.id
      """;
  private static final String RECORD_MEMBER_CHANGES =
      """
      insert into change (conversation, kind, subject, rev, at)
      select $1, 'member', s.party, $3::bigint + s.n - 1, $4::timestamptz from unnest($2::bigint[]) with ordinality s (party, n)
      on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
      """;

  // the member who inherits the group if its owner left: users before keys, the longest-standing
  // first, external participants never
  private static final String FIND_HEIR =
      """
      select case when p.kind not in ('phone', 'email') then m.party end as party, count(*) over () as members, bool_or(m.party = $2) over () as owned
      from member m join party p on p.id = m.party where m.conversation = $1
      order by p.kind in ('phone', 'email'), p.kind = 'service', m.joined_at, m.party limit 1
      """;
  private static final String WRITE_CONVERSATION =
      """
      with c as (
        update conversation set name = coalesce($2, name), owner = $3::bigint, member_count = $4, rev = $5,
          renamed_at = case when $2::text is distinct from name and $2::text is not null then $7 else renamed_at end,
          outside = exists (select from member m where m.conversation = $1 and m.via is not null)
        where id = $1
      ), o as (
        update member set role = case when party = $3::bigint then 'owner' else 'member' end
        where conversation = $1 and (role = 'owner') <> (party = $3::bigint)
      )
      insert into change (conversation, kind, subject, rev, at) select $1, 'conversation', 0, $6::bigint, $7::timestamptz where $6::bigint > 0
      on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
      """;

  private final SqlConnection connection;
  private final UpdateGroup request;
  private final List<TimelineChanged> events = new ArrayList<>();
  private Set<Long> joining = Set.of();
  private Instant now = Instant.EPOCH;
  private long rev;
  private long conversationRev;
  private int changes;

  GroupUpdate(SqlConnection connection, UpdateGroup request) {
    this.connection = connection;
    this.request = request;
  }

  /** The answer to the caller and the events, in the order of revs. */
  record Outcome(Updated answer, List<TimelineChanged> events) {}

  Future<Outcome> run() {
    return LockedConversation.lock(connection, request.conversation())
        .compose(this::checkAllowed)
        .compose(locked -> changeMembers().compose(done -> changeConversation(locked)))
        .compose(done -> readEvent())
        .compose(done -> answer())
        .map(answer -> new Outcome(answer, events));
  }

  private Future<Void> readEvent() {
    return conversationRev == 0
        ? Future.succeededFuture()
        : Previews.conversation(connection, request.conversation())
            .map(
                updated -> {
                  events.add(ConversationEvents.conversation(false, updated, conversationRev, now));
                  return null;
                });
  }

  private Future<Updated> answer() {
    return Previews.find(connection, new FindPreview(request.conversation(), request.caller().id()))
        .map(
            found ->
                found instanceof Result.Done<Preview> done
                    ? Optional.of(done.value())
                    : Optional.<Preview>empty())
        .compose(
            preview ->
                Membership.named(connection, request.conversation(), joining)
                    .map(added -> new Updated(changes, preview, added)));
  }

  private Future<Void> changeMembers() {
    return GroupMembers.resolveLeaving(connection, request.remove())
        .compose(parties -> change(REMOVE, false, parties))
        .compose(removed -> GroupMembers.resolveJoining(connection, request.add()))
        .compose(
            parties -> {
              joining = parties;
              return change(ADD, true, parties);
            })
        .compose(added -> addExternal());
  }

  private Future<LockedConversation> checkAllowed(Optional<LockedConversation> locked) {
    return connection
        .preparedQuery(FIND_ROLE)
        .execute(Tuple.of(request.conversation(), request.caller().id()))
        .map(
            rows -> {
              if (locked.isEmpty() || rows.size() == 0) {
                throw new RefusedTransaction(Refusal.NOT_THERE);
              }
              Row caller = rows.iterator().next();
              if (!locked.get().kind().equals("group")) {
                throw new RefusedTransaction(Refusal.NOT_A_GROUP);
              }
              if (!"owner".equals(caller.getString("role")) && !isLeaving()) {
                throw new RefusedTransaction(Refusal.NOT_THE_OWNER);
              }
              now = SqlTime.instant(caller, "now");
              rev = locked.get().rev();
              return locked.get();
            });
  }

  /** Whether callers remove themselves and do nothing else, as every member may. */
  private boolean isLeaving() {
    return request.name().isEmpty()
        && request.add().isEmpty()
        && request.outside().isEmpty()
        && request.remove().size() == 1
        && request.remove().getFirst().ref().means(request.caller());
  }

  private Future<Void> addExternal() {
    return request.outside().isEmpty()
        ? Future.succeededFuture()
        : ExternalMembers.add(connection, request.conversation(), request.outside())
            .compose(rows -> recordChanges(true, rows));
  }

  private Future<Void> change(String sql, boolean added, Set<Long> parties) {
    if (parties.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple parameters = Tuple.of(request.conversation());
    return connection
        .preparedQuery(sql)
        .execute(parameters.addArrayOfLong(parties.toArray(Long[]::new)))
        .compose(rows -> recordChanges(added, rows));
  }

  private Future<Void> recordChanges(boolean added, Iterable<Row> rows) {
    List<Long> subjects = new ArrayList<>();
    long firstRev = rev + 1;
    for (Row row : rows) {
      events.add(
          ConversationEvents.member(
              added, request.conversation(), Membership.member(row), ++rev, now));
      subjects.add(row.getLong("party_id"));
      changes++;
    }
    if (subjects.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple parameters =
        Tuple.of(request.conversation())
            .addArrayOfLong(subjects.toArray(Long[]::new))
            .addLong(firstRev)
            .addValue(SqlTime.utc(now));
    return connection.preparedQuery(RECORD_MEMBER_CHANGES).execute(parameters).mapEmpty();
  }

  private Future<Void> changeConversation(LockedConversation locked) {
    return connection
        .preparedQuery(FIND_HEIR)
        .execute(Tuple.of(request.conversation(), locked.owner().orElse(null)))
        .compose(rows -> changeConversation(locked, rows));
  }

  private Future<Void> changeConversation(LockedConversation locked, RowSet<Row> rows) {
    Row heir = rows.size() == 0 ? null : rows.iterator().next();
    long count = heir == null ? 0 : heir.getLong("members");
    if (count > GroupMembers.MAX_MEMBERS) {
      throw new RefusedTransaction(Refusal.GROUP_FULL);
    }
    boolean ownerStays = heir != null && Boolean.TRUE.equals(heir.getBoolean("owned"));
    Long owner =
        ownerStays ? locked.owner().orElse(null) : heir == null ? null : heir.getLong("party");
    boolean renamed = request.name().isPresent() && !request.name().equals(locked.name());
    boolean inherited = !Optional.ofNullable(owner).equals(locked.owner());
    if (renamed || inherited) {
      conversationRev = ++rev;
      changes++;
    }
    return changes == 0 ? Future.succeededFuture() : write(count, owner);
  }

  private Future<Void> write(long count, @Nullable Long owner) {
    Tuple parameters =
        Tuple.tuple()
            .addLong(request.conversation())
            .addString(request.name().orElse(null))
            .addLong(owner)
            .addInteger((int) count)
            .addLong(rev)
            .addLong(conversationRev)
            .addValue(SqlTime.utc(now));
    return connection.preparedQuery(WRITE_CONVERSATION).execute(parameters).mapEmpty();
  }
}
