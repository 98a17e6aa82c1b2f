package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.ExternalMember;
import io.parley.store.timeline.RefusedTransaction;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * External participants of groups: phones and mailboxes that are reached through a channel. An
 * address is reached from one sender address in one group at most, or nobody could tell to which
 * group its replies belong.
 */
final class ExternalMembers {
  // an item costs a message to each of them, and its JSON has a delivery for each
  private static final int MAX_EXTERNAL_MEMBERS = 200;

  // by the primary key of member
  private static final String COUNT =
      "select count(*) filter (where via is not null) as outside, count(*) as members from member where conversation = $1";

  // by party_handle and member_via
  private static final String IN_OTHER_GROUP =
      """
      select exists (
        select from member m join party p on p.id = m.party join conversation g on g.id = m.conversation
        where p.handle = $1 and lower(m.via) = lower($2) and g.kind = 'group' and g.id <> $3) as elsewhere
      """;

  // released at the end of the transaction
  private static final String LOCK_ADDRESSES =
      "select pg_advisory_xact_lock(hashtextextended(lower($1), 1))";

  // by party_handle and the primary key of member
  private static final String ENSURE_PARTY = "select ensure_party($1, $2, $3)";
  private static final String ADD =
      """
      with came as (
        insert into member (conversation, party, channel, via, read_seq, delivered_seq, joined_at)
        select $1, ensure_party($2, $3, $4), $5, $6, c.last_seq, c.last_seq, clock_timestamp() from conversation c where c.id = $1
        on conflict (conversation, party) do update set channel = excluded.channel, via = excluded.via
        where (member.channel, member.via) is distinct from (excluded.channel, excluded.via) returning *
      )
      select came.*, p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from came join party p on p.id = came.party
      """;

  private ExternalMembers() {}

  /**
   * Adds external members, or changes how existing ones are reached. Returns the rows of those who
   * were added or changed.
   */
  static Future<List<Row>> add(
      SqlConnection connection, long conversation, List<ExternalMember> participants) {
    // every transaction locks in the same order
    List<ExternalMember> sorted =
        participants.stream()
            .distinct()
            .sorted(Comparator.comparing(each -> each.party().handle() + "\u0000" + each.via()))
            .toList();
    return add(connection, conversation, sorted, new ArrayList<>())
        .compose(added -> checkSize(connection, conversation).map(added));
  }

  private static Future<Void> checkSize(SqlConnection connection, long conversation) {
    return connection
        .preparedQuery(COUNT)
        .execute(Tuple.of(conversation))
        .map(
            rows -> {
              Row count = rows.iterator().next();
              if (count.getLong("outside") > MAX_EXTERNAL_MEMBERS
                  || count.getLong("members") > GroupMembers.MAX_MEMBERS) {
                throw new RefusedTransaction(Refusal.GROUP_FULL);
              }
              return null;
            });
  }

  private static Future<List<Row>> add(
      SqlConnection connection,
      long conversation,
      List<ExternalMember> remaining,
      List<Row> added) {
    if (remaining.isEmpty()) {
      return Future.succeededFuture(added);
    }
    return add(connection, conversation, remaining.getFirst())
        .compose(
            rows -> {
              rows.forEach(added::add);
              return add(connection, conversation, remaining.subList(1, remaining.size()), added);
            });
  }

  private static Future<Iterable<Row>> add(
      SqlConnection connection, long conversation, ExternalMember participant) {
    String kind = participant.party().kind().text();
    String handle = participant.party().handle();
    String name = participant.party().text();
    Tuple member =
        Tuple.of(conversation, kind, handle, name, participant.channel().text(), participant.via());
    return connection
        .preparedQuery(LOCK_ADDRESSES)
        .execute(Tuple.of(handle + " " + participant.via()))
        .compose(locked -> refuseInOtherGroup(connection, conversation, participant))
        .compose(
            free -> connection.preparedQuery(ENSURE_PARTY).execute(Tuple.of(kind, handle, name)))
        .compose(exists -> connection.preparedQuery(ADD).execute(member))
        .map(rows -> rows);
  }

  private static Future<Void> refuseInOtherGroup(
      SqlConnection connection, long conversation, ExternalMember participant) {
    return connection
        .preparedQuery(IN_OTHER_GROUP)
        .execute(Tuple.of(participant.party().handle(), participant.via(), conversation))
        .map(
            rows -> {
              if (rows.iterator().next().getBoolean("elsewhere")) {
                throw new RefusedTransaction(Refusal.ADDRESS_IN_USE);
              }
              return null;
            });
  }
}
