package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.FindMembers;
import io.parley.conversation.ConversationVerbs.Members;
import io.parley.conversation.ConversationVerbs.Position;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.conversation.Member;
import io.parley.identity.Ref;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.store.identity.PartyRows;
import io.parley.store.timeline.Visibility;
import io.parley.timeline.Channel;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the members of conversations, for callers who may see these. */
final class Membership {
  // by the primary keys of member and party, and by delivery_item for external members
  private static final String PAGE =
      """
      with a as (
        select c.id from conversation c where c.id = $1 and %s
      )
      select m.*, p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from a left join (
        select m.party, m.role, m.channel, m.via, m.joined_at, m.read_seq,
          greatest(m.delivered_seq, case when m.channel <> 'chat' then (
            select d.seq from delivery d where d.conversation = $1 and d.party = m.party and d.state = 'delivered'
            order by d.seq desc limit 1
          ) end) as delivered_seq
        from member m where m.conversation = $1
          and ($3::timestamptz is null or (m.joined_at, m.party) > ($3, $4))
          and ($5::bigint is null or m.party = $5)
          and ($6::text is null or m.party = (select q.id from party q where q.handle = lower($6)))
        order by m.joined_at, m.party limit $7
      ) m on true
      left join party p on p.id = m.party
      order by m.joined_at, m.party
      """
          .formatted(Visibility.visibleTo("c.id", "$2"));

  // by the primary keys of member and party
  private static final String NAMED =
      """
      select m.*, p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from member m join party p on p.id = m.party where m.conversation = $1 and m.party = any ($2)
      order by m.joined_at, m.party
      """;

  private final Database database;

  Membership(Database database) {
    this.database = database;
  }

  Future<Result<Members>> find(FindMembers question) {
    Optional<Ref> only = question.only().map(UserRef::ref);
    Tuple parameters =
        Tuple.of(
            question.conversation(),
            question.caller(),
            question.after().map(after -> SqlTime.utc(after.activeAt())).orElse(null),
            question.after().map(Position::id).orElse(null),
            only.flatMap(Membership::id).orElse(null),
            only.flatMap(Ref::name).orElse(null),
            (long) question.limit() + 1);
    return database.read(PAGE, parameters).map(rows -> page(rows, question.limit()));
  }

  private static Optional<Long> id(Ref ref) {
    return ref.isId() ? Optional.of(ref.id().getAsLong()) : Optional.empty();
  }

  private static Result<Members> page(RowSet<Row> rows, int limit) {
    if (rows.size() == 0) {
      return Result.refused(Refusal.NOT_THERE);
    }
    List<Member> members = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (row.getLong("party_id") != null) {
        members.add(member(row));
      }
    }
    boolean more = members.size() > limit;
    return Result.done(new Members(more ? List.copyOf(members.subList(0, limit)) : members, more));
  }

  /** Members by their parties, within a transaction, which sees its own changes. */
  static Future<List<Member>> named(
      SqlConnection connection, long conversation, Set<Long> parties) {
    if (parties.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return connection
        .preparedQuery(NAMED)
        .execute(Tuple.of(conversation).addArrayOfLong(parties.toArray(Long[]::new)))
        .map(
            rows -> {
              List<Member> members = new ArrayList<>(rows.size());
              rows.forEach(row -> members.add(member(row)));
              return members;
            });
  }

  static Member member(Row row) {
    return member(row, "");
  }

  static Member member(Row row, String prefix) {
    return new Member(
        PartyRows.party(row, "party_"),
        row.getString(prefix + "role").equals("owner"),
        Channel.ofText(row.getString(prefix + "channel")),
        Optional.ofNullable(row.getString(prefix + "via")),
        SqlTime.instant(row, prefix + "joined_at"),
        row.getLong(prefix + "read_seq"),
        Math.max(row.getLong(prefix + "read_seq"), row.getLong(prefix + "delivered_seq")));
  }
}
