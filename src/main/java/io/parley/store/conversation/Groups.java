package io.parley.store.conversation;

import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.Updated;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.conversation.Counterparts;
import io.parley.identity.Fingerprint;
import io.parley.identity.PartyKind;
import io.parley.identity.RequestKey;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.store.timeline.LockedConversation;
import io.parley.store.timeline.TimelineRows;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Groups: made, renamed, joined and left, all or nothing, each change at its own rev. */
public final class Groups {
  static final int MOST_MEMBERS = 10_000;

  private final Database database;
  private final Previews previews;
  private final Consumer<TimelineChanged> news;

  public Groups(Database database, Previews previews, Consumer<TimelineChanged> news) {
    this.database = database;
    this.previews = previews;
    this.news = news;
  }

  public Future<Result<Opened>> create(CreateGroup wanted) {
    if (!Counterparts.mayJoinGroups(wanted.caller().kind())) {
      return Future.succeededFuture(Result.refused(Refusal.NOT_FOR_GROUPS));
    }
    return database
        .transaction(
            connection ->
                resolved(connection, wanted.members(), false)
                    .compose(members -> once(connection, wanted, new TreeSet<>(members))))
        .compose(
            opened ->
                (opened.created() ? tellCreated(opened.conversation()) : Future.succeededFuture())
                    .map(told -> Result.done(opened)))
        .recover(RefusedTransaction::refused);
  }

  // the same people are the same request, however they are named and in whatever order
  private static Future<Opened> once(
      SqlConnection connection, CreateGroup wanted, Set<Long> others) {
    others.remove(wanted.caller().id());
    Optional<RequestKey> key =
        wanted.key().map(text -> new RequestKey(text, Fingerprint.of(accepted(wanted, others))));
    return AcceptedRequests.once(
        connection, wanted.caller(), key, () -> created(connection, wanted, others));
  }

  private static String accepted(CreateGroup wanted, Set<Long> others) {
    List<String> outside =
        wanted.outside().stream()
            .map(each -> each.party().handle() + " " + each.channel() + " " + each.via())
            .distinct()
            .sorted()
            .toList();
    return "group\u0000" + wanted.name() + "\u0000" + others + outside;
  }

  private Future<Void> tellCreated(long conversation) {
    Future<List<Long>> members =
        database
            .read(
                "select array_agg(party) as members from member where conversation = $1",
                Tuple.of(conversation))
            .map(rows -> List.of(rows.iterator().next().getArrayOfLongs("members")));
    return members
        .compose(
            seen ->
                previews
                    .neutral(conversation)
                    .map(found -> ConversationEvents.conversationCreated(found, seen)))
        .map(
            event -> {
              news.accept(event);
              return null;
            });
  }

  private static Future<Opened> created(
      SqlConnection connection, CreateGroup wanted, Set<Long> others) {
    String sql =
        """
        with n as materialized (
          select next_conversation_id() as id, date_trunc('milliseconds', clock_timestamp()) as now
        ), c as (
          insert into conversation (id, kind, name, owner, rev, member_count, created_at, active_at)
          select n.id, 'group', $2, $1, 1, cardinality($3::bigint[]) + 1, n.now, n.now from n returning id
        ), m as (
          insert into member (conversation, party, role, joined_at)
          select n.id, $1, 'owner', n.now from n union all select n.id, p, 'member', n.now from n, unnest($3::bigint[]) p
        ), h as (
          insert into change (conversation, kind, subject, rev, at) select n.id, 'conversation', 0, 1, n.now from n
        )
        select id from n
        """;
    if (others.size() >= MOST_MEMBERS) {
      return Future.failedFuture(new RefusedTransaction(Refusal.GROUP_FULL));
    }
    Tuple parameters = Tuple.of(wanted.caller().id(), wanted.name());
    return connection
        .preparedQuery(sql)
        .execute(parameters.addArrayOfLong(others.toArray(Long[]::new)))
        .map(rows -> rows.iterator().next().getLong("id"))
        .compose(
            id ->
                wanted.outside().isEmpty()
                    ? Future.succeededFuture(id)
                    : ExternalMembers.add(connection, id, wanted.outside())
                        .compose(added -> ExternalMembers.count(connection, id))
                        .map(id))
        .map(id -> new Opened(id, true, false));
  }

  /** The ids of users who may be in groups; repeated names count once. */
  private static Future<Set<Long>> resolved(
      SqlConnection connection, List<UserRef> users, boolean anybody) {
    if (users.isEmpty()) {
      return Future.succeededFuture(Set.of());
    }
    String sql =
        """
        select r.ref, p.id, p.kind, p.kind = 'service' and not exists (
          select from api_key k where k.id = p.id and k.ended_at is null and 'chat' = any (k.scopes)) as mute
        from unnest($1::text[]) r (ref)
        left join party p on (r.ref ~ '^[0-9]{1,18}$' and p.id = case when r.ref ~ '^[0-9]{1,18}$' then r.ref::bigint end)
          or (r.ref !~ '^[0-9]+$' and p.handle = lower(r.ref))
        left join account a on a.id = p.id
        where a.id is not null or p.id is null or $2
        """;
    String[] refs = users.stream().map(UserRef::text).distinct().toArray(String[]::new);
    return connection
        .preparedQuery(sql)
        .execute(Tuple.tuple().addArrayOfString(refs).addBoolean(anybody))
        .compose(rows -> allowed(rows, refs.length, anybody));
  }

  private static Future<Set<Long>> allowed(RowSet<Row> rows, int wanted, boolean anybody) {
    Set<Long> ids = new LinkedHashSet<>();
    for (Row row : rows) {
      if (row.getLong("id") == null) {
        return Future.failedFuture(new RefusedTransaction(Refusal.UNKNOWN_MEMBER));
      }
      if (!anybody
          && (row.getBoolean("mute")
              || !Counterparts.mayJoinGroups(PartyKind.of(row.getString("kind"))))) {
        return Future.failedFuture(new RefusedTransaction(Refusal.NOT_FOR_GROUPS));
      }
      ids.add(row.getLong("id"));
    }
    return rows.size() < wanted
        ? Future.failedFuture(new RefusedTransaction(Refusal.UNKNOWN_MEMBER))
        : Future.succeededFuture(ids);
  }

  public Future<Result<Updated>> update(UpdateGroup wanted) {
    return database
        .transaction(connection -> new Change(connection, wanted).run())
        .compose(done -> told(wanted.conversation(), done))
        .recover(RefusedTransaction::refused);
  }

  private Future<Result<Updated>> told(long conversation, Change done) {
    done.members.forEach(news);
    Result<Updated> answer = Result.done(new Updated(done.changes));
    return done.conversationRev == 0
        ? Future.succeededFuture(answer)
        : previews
            .neutral(conversation)
            .map(
                found -> {
                  news.accept(
                      ConversationEvents.conversation(
                          false, found, done.conversationRev, done.now));
                  return answer;
                });
  }

  /** One update under its lock. Members first, the conversation's own change last. */
  private static final class Change {
    final SqlConnection connection;
    final UpdateGroup wanted;
    final List<TimelineChanged> members = new ArrayList<>();
    Instant now = Instant.EPOCH;
    long rev;
    long conversationRev;
    int changes;

    Change(SqlConnection connection, UpdateGroup wanted) {
      this.connection = connection;
      this.wanted = wanted;
    }

    Future<Change> run() {
      return LockedConversation.conversation(connection, wanted.conversation())
          .compose(this::allowed)
          .compose(
              locked ->
                  resolved(connection, wanted.remove(), true)
                      .compose(this::remove)
                      .compose(removed -> resolved(connection, wanted.add(), false))
                      .compose(this::add)
                      .compose(added -> addOutside())
                      .compose(added -> settle(locked)))
          .map(this);
    }

    private Future<LockedConversation> allowed(Optional<LockedConversation> found) {
      String sql =
          """
          select m.role, date_trunc('milliseconds', clock_timestamp()) as now
          from conversation c left join member m on m.conversation = c.id and m.party = $2
          where c.id = $1 and %s
          """
              .formatted(TimelineRows.seen("c.id", "$2"));
      return connection
          .preparedQuery(sql)
          .execute(Tuple.of(wanted.conversation(), wanted.caller().id()))
          .map(
              rows -> {
                if (found.isEmpty() || rows.size() == 0) {
                  throw new RefusedTransaction(Refusal.NOT_THERE);
                }
                Row me = rows.iterator().next();
                if (!found.get().kind().equals("group")) {
                  throw new RefusedTransaction(Refusal.NOT_A_GROUP);
                }
                if (!"owner".equals(me.getString("role")) && !leaves()) {
                  throw new RefusedTransaction(Refusal.NOT_THE_OWNER);
                }
                now = TimelineRows.instant(me, "now");
                rev = found.get().rev();
                return found.get();
              });
    }

    /** Anyone may remove themselves, and only that. */
    private boolean leaves() {
      String handle = wanted.caller().handle();
      String id = Long.toString(wanted.caller().id());
      return wanted.name().isEmpty()
          && wanted.add().isEmpty()
          && wanted.outside().isEmpty()
          && wanted.remove().size() == 1
          && (wanted.remove().getFirst().text().equals(id)
              || wanted.remove().getFirst().text().equalsIgnoreCase(handle));
    }

    private Future<Void> remove(Set<Long> parties) {
      String sql =
          """
          with gone as (
            delete from member where conversation = $1 and party = any ($2) returning *
          )
          select gone.*, p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
          from gone join party p on p.id = gone.party order by p.id
          """;
      return noted(false, parties, sql);
    }

    private Future<Void> add(Set<Long> parties) {
      String sql =
          """
          with came as (
            insert into member (conversation, party, read_seq, delivered_seq, joined_at)
            select $1, x, c.last_seq, c.last_seq, clock_timestamp() from unnest($2::bigint[]) x, conversation c where c.id = $1
            on conflict do nothing returning *
          )
          select came.*, p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
          from came join party p on p.id = came.party order by p.id
          """;
      return noted(true, parties, sql);
    }

    private Future<Void> addOutside() {
      return wanted.outside().isEmpty()
          ? Future.succeededFuture()
          : ExternalMembers.add(connection, wanted.conversation(), wanted.outside())
              .compose(rows -> note(true, rows));
    }

    private Future<Void> noted(boolean added, Set<Long> parties, String sql) {
      if (parties.isEmpty()) {
        return Future.succeededFuture();
      }
      Tuple parameters = Tuple.of(wanted.conversation());
      return connection
          .preparedQuery(sql)
          .execute(parameters.addArrayOfLong(parties.toArray(Long[]::new)))
          .compose(rows -> note(added, rows));
    }

    private Future<Void> note(boolean added, Iterable<Row> rows) {
      List<Long> subjects = new ArrayList<>();
      long first = rev + 1;
      for (Row row : rows) {
        members.add(
            ConversationEvents.member(
                added, wanted.conversation(), Membership.member(row), ++rev, now));
        subjects.add(row.getLong("party_id"));
        changes++;
      }
      String sql =
          """
          insert into change (conversation, kind, subject, rev, at)
          select $1, 'member', s.party, $3::bigint + s.n - 1, $4::timestamptz from unnest($2::bigint[]) with ordinality s (party, n)
          on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
          """;
      if (subjects.isEmpty()) {
        return Future.succeededFuture();
      }
      Tuple parameters = Tuple.of(wanted.conversation());
      parameters.addArrayOfLong(subjects.toArray(Long[]::new)).addLong(first);
      return connection
          .preparedQuery(sql)
          .execute(parameters.addValue(now.atOffset(ZoneOffset.UTC)))
          .mapEmpty();
    }

    /**
     * Counts the members, finds the owner, and gives the conversation's own change the last rev.
     */
    private Future<Void> settle(LockedConversation locked) {
      String heir =
          """
          select case when p.kind not in ('phone', 'email') then m.party end as party, count(*) over () as members, bool_or(m.party = $2) over () as owned
          from member m join party p on p.id = m.party where m.conversation = $1
          order by p.kind in ('phone', 'email'), p.kind = 'service', m.joined_at, m.party limit 1
          """;
      return connection
          .preparedQuery(heir)
          .execute(Tuple.of(wanted.conversation(), locked.owner().orElse(null)))
          .compose(rows -> write(locked, rows));
    }

    private Future<Void> write(LockedConversation locked, RowSet<Row> rows) {
      Row heir = rows.size() == 0 ? null : rows.iterator().next();
      long count = heir == null ? 0 : heir.getLong("members");
      if (count > MOST_MEMBERS) {
        throw new RefusedTransaction(Refusal.GROUP_FULL);
      }
      boolean owned = heir != null && Boolean.TRUE.equals(heir.getBoolean("owned"));
      Long owner =
          owned ? locked.owner().orElse(null) : heir == null ? null : heir.getLong("party");
      boolean renamed = wanted.name().isPresent() && !wanted.name().equals(locked.name());
      boolean passedOn = !Optional.ofNullable(owner).equals(locked.owner());
      if (renamed || passedOn) {
        conversationRev = ++rev;
        changes++;
      }
      return changes == 0 ? Future.succeededFuture() : write(count, owner);
    }

    private Future<Void> write(long count, @Nullable Long owner) {
      String conversation =
          """
          with c as (
            update conversation set name = coalesce($2, name), owner = $3::bigint, member_count = $4, rev = $5,
              outside = exists (select from member m where m.conversation = $1 and m.via is not null)
            where id = $1
          ), o as (
            update member set role = case when party = $3::bigint then 'owner' else 'member' end
            where conversation = $1 and (role = 'owner') <> (party = $3::bigint)
          )
          insert into change (conversation, kind, subject, rev, at) select $1, 'conversation', 0, $6::bigint, $7::timestamptz where $6::bigint > 0
          on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
          """;
      Tuple parameters =
          Tuple.tuple()
              .addLong(wanted.conversation())
              .addString(wanted.name().orElse(null))
              .addLong(owner)
              .addInteger((int) count)
              .addLong(rev)
              .addLong(conversationRev)
              .addValue(now.atOffset(ZoneOffset.UTC));
      return connection.preparedQuery(conversation).execute(parameters).mapEmpty();
    }
  }
}
