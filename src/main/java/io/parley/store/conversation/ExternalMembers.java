package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.Outsider;
import io.parley.store.db.RefusedTransaction;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Phones and mailboxes as members of groups. */
final class ExternalMembers {
  /** What is said to a group costs a message for each of them, and tells of each in every item. */
  private static final int MOST = 200;

  private ExternalMembers() {}

  /**
   * Adds those who are not in it yet, and has those who are reached as it is told now; the rows of
   * those who came or moved. An address is reached from one side of ours in one group at most, or
   * nobody would know where its answers belong.
   */
  static Future<List<Row>> add(
      SqlConnection connection, long conversation, List<Outsider> outsiders) {
    List<Outsider> inOrder =
        outsiders.stream()
            .distinct()
            .sorted(Comparator.comparing(each -> each.party().handle() + "\u0000" + each.via()))
            .toList();
    return add(connection, conversation, inOrder, new ArrayList<>())
        .compose(came -> bounded(connection, conversation).map(came));
  }

  private static Future<Void> bounded(SqlConnection connection, long conversation) {
    String sql =
        "select count(*) filter (where via is not null) as outside, count(*) as members from member where conversation = $1";
    return connection
        .preparedQuery(sql)
        .execute(Tuple.of(conversation))
        .map(
            rows -> {
              Row count = rows.iterator().next();
              if (count.getLong("outside") > MOST
                  || count.getLong("members") > Groups.MOST_MEMBERS) {
                throw new RefusedTransaction(Refusal.GROUP_FULL);
              }
              return null;
            });
  }

  private static Future<List<Row>> add(
      SqlConnection connection, long conversation, List<Outsider> left, List<Row> came) {
    if (left.isEmpty()) {
      return Future.succeededFuture(came);
    }
    return add(connection, conversation, left.getFirst())
        .compose(
            rows -> {
              rows.forEach(came::add);
              return add(connection, conversation, left.subList(1, left.size()), came);
            });
  }

  private static Future<Iterable<Row>> add(
      SqlConnection connection, long conversation, Outsider outsider) {
    String elsewhere =
        """
        select exists (
          select from member m join party p on p.id = m.party join conversation g on g.id = m.conversation
          where p.handle = $1 and lower(m.via) = lower($2) and g.kind = 'group' and g.id <> $3) as elsewhere
        """;
    String insert =
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
    String handle = outsider.party().handle();
    return connection
        .preparedQuery("select pg_advisory_xact_lock(hashtextextended(lower($1), 1))")
        .execute(Tuple.of(handle + " " + outsider.via()))
        .compose(
            locked ->
                connection
                    .preparedQuery(elsewhere)
                    .execute(Tuple.of(handle, outsider.via(), conversation)))
        .compose(
            found -> {
              if (found.iterator().next().getBoolean("elsewhere")) {
                throw new RefusedTransaction(Refusal.ADDRESS_IN_USE);
              }
              return connection
                  .preparedQuery("select ensure_party($1, $2, $3)")
                  .execute(
                      Tuple.of(outsider.party().kind().text(), handle, outsider.party().text()));
            })
        .compose(
            there ->
                connection
                    .preparedQuery(insert)
                    .execute(
                        Tuple.of(
                            conversation,
                            outsider.party().kind().text(),
                            handle,
                            outsider.party().text(),
                            outsider.channel(),
                            outsider.via())))
        .map(rows -> rows);
  }

  /** Counts the members of a group just made. */
  static Future<Void> count(SqlConnection connection, long conversation) {
    String sql =
        """
        update conversation set member_count = (select count(*) from member m where m.conversation = $1), outside = true
        where id = $1
        """;
    return connection.preparedQuery(sql).execute(Tuple.of(conversation)).mapEmpty();
  }
}
