package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.ExternalMember;
import io.parley.identity.Party;
import io.parley.store.timeline.RefusedTransaction;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
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

  // by party_handle; in the order in which open_external_conversations creates parties
  private static final String ENSURE_PARTIES =
      """
      select count(ensure_party(o.kind, o.handle, o.name)) from (
        select distinct on (a.handle collate "C") a.*
        from unnest($1::text[], $2::text[], $3::text[]) a (kind, handle, name)
        order by a.handle collate "C" offset 0
      ) o
      """;

  // by party_handle and the primary key of member
  private static final String ADD =
      """
      with came as (
        insert into member (conversation, party, channel, via, read_seq, delivered_seq, joined_at)
        select $1, p.id, $3, $4, c.last_seq, c.last_seq, clock_timestamp()
        from conversation c, party p where c.id = $1 and p.handle = $2
        on conflict (conversation, party) do update set channel = excluded.channel, via = excluded.via
        where (member.channel, member.via) is distinct from (excluded.channel, excluded.via)
        returning conversation, party, role, channel, via, read_seq, delivered_seq, joined_at
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
    return reserve(connection, conversation, participants)
        .compose(reserved -> insert(connection, conversation, participants));
  }

  /**
   * Locks the addresses until the end of the transaction, refuses those that another group than
   * {@code conversation} reaches, and creates the parties that do not exist. A new group does this
   * before it takes its number, because {@code open_external_conversations} creates parties first
   * and takes its numbers last, too.
   */
  static Future<Void> reserve(
      SqlConnection connection, long conversation, List<ExternalMember> participants) {
    Future<Void> reserved = Future.succeededFuture();
    for (ExternalMember each : inLockOrder(participants)) {
      reserved =
          reserved
              .compose(before -> lockAddress(connection, each))
              .compose(locked -> refuseInOtherGroup(connection, conversation, each));
    }
    return reserved.compose(free -> ensureParties(connection, participants));
  }

  // every transaction locks in the same order
  private static List<ExternalMember> inLockOrder(List<ExternalMember> participants) {
    return participants.stream()
        .distinct()
        .sorted(Comparator.comparing(ExternalMembers::address))
        .toList();
  }

  private static String address(ExternalMember participant) {
    return participant.party().handle() + " " + participant.via();
  }

  private static Future<Void> lockAddress(SqlConnection connection, ExternalMember participant) {
    return connection
        .preparedQuery(LOCK_ADDRESSES)
        .execute(Tuple.of(address(participant)))
        .mapEmpty();
  }

  private static Future<Void> ensureParties(
      SqlConnection connection, List<ExternalMember> participants) {
    List<Party.Unnamed> parties = participants.stream().map(ExternalMember::party).toList();
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(
                parties.stream().map(each -> each.kind().text()).toArray(String[]::new))
            .addArrayOfString(parties.stream().map(Party.Unnamed::handle).toArray(String[]::new))
            .addArrayOfString(parties.stream().map(Party.Unnamed::text).toArray(String[]::new));
    return connection.preparedQuery(ENSURE_PARTIES).execute(parameters).mapEmpty();
  }

  /** Adds external members whose addresses this transaction has reserved. */
  static Future<List<Row>> insert(
      SqlConnection connection, long conversation, List<ExternalMember> participants) {
    List<Row> added = new ArrayList<>();
    Future<Void> all = Future.succeededFuture();
    for (ExternalMember each : inLockOrder(participants)) {
      all =
          all.compose(before -> insert(connection, conversation, each))
              .map(
                  rows -> {
                    rows.forEach(added::add);
                    return null;
                  });
    }
    return all.compose(inserted -> checkSize(connection, conversation)).map(added);
  }

  private static Future<RowSet<Row>> insert(
      SqlConnection connection, long conversation, ExternalMember participant) {
    return connection
        .preparedQuery(ADD)
        .execute(
            Tuple.of(
                conversation,
                participant.party().handle(),
                participant.channel().text(),
                participant.via()));
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
