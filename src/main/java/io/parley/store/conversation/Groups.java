package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.Updated;
import io.parley.conversation.Counterparts;
import io.parley.identity.Fingerprint;
import io.parley.identity.RequestKey;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.Database;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.RefusedTransaction;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Creates and updates groups, each in one transaction. */
final class Groups {
  // inserts only
  private static final String CREATE =
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

  // by the primary keys of conversation and member
  private static final String COUNT_MEMBERS =
      """
      update conversation set member_count = (select count(*) from member m where m.conversation = $1), outside = true
      where id = $1
      """;
  private static final String MEMBERS =
      "select array_agg(party) as members from member where conversation = $1";

  private static final long NO_CONVERSATION = 0;

  private final Database database;
  private final ChangePublisher publisher;

  Groups(Database database, ChangePublisher publisher) {
    this.database = database;
    this.publisher = publisher;
  }

  Future<Result<Opened>> create(CreateGroup request) {
    if (!Counterparts.mayJoinGroups(request.caller().kind())) {
      return Future.succeededFuture(Result.refused(Refusal.NOT_FOR_GROUPS));
    }
    return database
        .transaction(
            connection ->
                GroupMembers.resolveJoining(connection, request.members())
                    .compose(members -> createOnce(connection, request, new TreeSet<>(members))))
        .map(
            opened -> {
              opened.publish(publisher);
              return Result.done(opened.answer());
            })
        .recover(RefusedTransaction::recover);
  }

  // requests with the same members are the same, however these are named and in whatever order
  private static Future<OpenedConversation> createOnce(
      SqlConnection connection, CreateGroup request, Set<Long> others) {
    others.remove(request.caller().id());
    Optional<RequestKey> key =
        request
            .key()
            .map(text -> new RequestKey(text, Fingerprint.of(fingerprint(request, others))));
    return AcceptedRequests.once(
        connection,
        OpenedConversation.replay(connection, request.caller().id()),
        request.caller().id(),
        key,
        () -> create(connection, request, others));
  }

  private static String fingerprint(CreateGroup request, Set<Long> others) {
    List<String> external =
        request.outside().stream()
            .map(each -> each.party().handle() + " " + each.channel().text() + " " + each.via())
            .distinct()
            .sorted()
            .toList();
    return "group\u0000" + request.name() + "\u0000" + others + external;
  }

  private static Future<OpenedConversation> create(
      SqlConnection connection, CreateGroup request, Set<Long> others) {
    if (others.size() >= GroupMembers.MAX_MEMBERS) {
      return Future.failedFuture(new RefusedTransaction(Refusal.GROUP_FULL));
    }
    // the number comes last: everybody else who opens a conversation waits for it until the commit
    return reserveExternal(connection, request)
        .compose(reserved -> insert(connection, request, others))
        .compose(
            id ->
                insertExternal(connection, request, id)
                    .compose(inserted -> members(connection, id))
                    .compose(
                        members ->
                            OpenedConversation.read(
                                connection, id, request.caller().id(), members)));
  }

  private static Future<Void> reserveExternal(SqlConnection connection, CreateGroup request) {
    return request.outside().isEmpty()
        ? Future.succeededFuture()
        : ExternalMembers.reserve(connection, NO_CONVERSATION, request.outside());
  }

  private static Future<Long> insert(
      SqlConnection connection, CreateGroup request, Set<Long> others) {
    Tuple parameters = Tuple.of(request.caller().id(), request.name());
    return connection
        .preparedQuery(CREATE)
        .execute(parameters.addArrayOfLong(others.toArray(Long[]::new)))
        .map(rows -> rows.iterator().next().getLong("id"));
  }

  private static Future<List<Long>> members(SqlConnection connection, long conversation) {
    return connection
        .preparedQuery(MEMBERS)
        .execute(Tuple.of(conversation))
        .map(rows -> List.of(rows.iterator().next().getArrayOfLongs("members")));
  }

  private static Future<Void> insertExternal(
      SqlConnection connection, CreateGroup request, long conversation) {
    return request.outside().isEmpty()
        ? Future.succeededFuture()
        : ExternalMembers.insert(connection, conversation, request.outside())
            .compose(
                added -> connection.preparedQuery(COUNT_MEMBERS).execute(Tuple.of(conversation)))
            .mapEmpty();
  }

  Future<Result<Updated>> update(UpdateGroup request) {
    return database
        .transaction(connection -> new GroupUpdate(connection, request).run())
        .map(
            outcome -> {
              outcome.events().forEach(publisher::changed);
              return Result.done(outcome.answer());
            })
        .recover(RefusedTransaction::recover);
  }
}
