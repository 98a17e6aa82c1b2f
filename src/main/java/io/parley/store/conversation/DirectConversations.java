package io.parley.store.conversation;

import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs.Direct;
import io.parley.conversation.ConversationVerbs.FindDirect;
import io.parley.conversation.ConversationVerbs.OpenDirect;
import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.ConversationVerbs.WriteTo;
import io.parley.conversation.Counterparts;
import io.parley.identity.Party;
import io.parley.identity.Ref;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.Database;
import io.parley.store.identity.PartyRows;
import io.parley.store.timeline.AppendSql;
import io.parley.store.timeline.Appender;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.RefusedTransaction;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/**
 * Direct conversations: one for each pair of users, opened with the first item that one of them
 * sends, or without any.
 */
final class DirectConversations {
  // by the primary key of party or party_handle, and the unique audience_key of conversation
  private static final String FIND =
      """
      select p.id as other_id, p.kind as other_kind, p.handle as other_handle, p.name as other_name, c.id
      from party p join account a on a.id = p.id
      left join conversation c on c.audience_key = 'direct:' || least(p.id, $2) || ':' || greatest(p.id, $2)
      where %s
      """;

  // by the unique audience_key of conversation
  private static final String OPEN = "select id, created from open_direct_conversation($1, $2)";

  private final Database database;
  private final Appender appender;
  private final ChangePublisher publisher;

  DirectConversations(Database database, Appender appender, ChangePublisher publisher) {
    this.database = database;
    this.appender = appender;
    this.publisher = publisher;
  }

  Future<Result<Direct>> find(FindDirect question) {
    Ref other = question.other().ref();
    String sql = FIND.formatted(other.isId() ? "p.id = $1" : "p.handle = lower($1)");
    Object key = other.isId() ? (Object) other.id().getAsLong() : other.name().orElseThrow();
    return database
        .read(sql, Tuple.of(key, question.caller().id()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : direct(question.caller(), rows.iterator().next()));
  }

  private static Result<Direct> direct(Party caller, Row row) {
    Party other = PartyRows.party(row, "other_");
    Optional<Refusal> refusal = Counterparts.against(caller, other);
    return refusal.isPresent()
        ? Result.refused(refusal.get())
        : Result.done(new Direct(other, Optional.ofNullable(row.getLong("id"))));
  }

  Future<Result<Opened>> open(OpenDirect request) {
    return database
        .transaction(
            connection ->
                AcceptedRequests.once(
                    connection,
                    OpenedConversation.replay(connection, request.caller().id()),
                    request.caller().id(),
                    request.key(),
                    () -> open(connection, request)))
        .map(
            opened -> {
              opened.publish(publisher);
              return Result.done(opened.answer());
            })
        .recover(RefusedTransaction::recover);
  }

  private static Future<OpenedConversation> open(SqlConnection connection, OpenDirect request) {
    long caller = request.caller().id();
    return open(connection, request.caller(), request.other())
        .compose(
            place ->
                OpenedConversation.read(
                    connection,
                    place.id(),
                    caller,
                    place.created() ? List.of(caller, request.other().id()) : List.of()));
  }

  /**
   * Appends an item. The first one is stored in the transaction that opens the conversation, all
   * others go through the {@link Appender}.
   */
  Future<Result<Appended>> write(WriteTo request) {
    return database
        .transaction(connection -> openWithItem(connection, request))
        .compose(
            opening ->
                opening.first().isEmpty()
                    ? appender.append(item(request, opening.conversation()))
                    : Future.succeededFuture(publish(request, opening.first().get())))
        .recover(RefusedTransaction::recover);
  }

  /** {@code first} is empty if the conversation existed before. */
  private record Opening(long conversation, Optional<First> first) {}

  /** A conversation as it was opened, and its first item. */
  private record First(Conversation opened, Item item) {}

  private Result<Appended> publish(WriteTo request, First first) {
    List<Long> members = List.of(request.caller().id(), request.other().id());
    publisher.changed(ConversationEvents.conversationCreated(first.opened(), members));
    return Result.done(publisher.created(first.item()));
  }

  private static Future<Opening> openWithItem(SqlConnection connection, WriteTo request) {
    return open(connection, request.caller(), request.other())
        .compose(
            place ->
                place.created()
                    ? appendFirst(connection, item(request, place.id()))
                        .map(first -> new Opening(place.id(), Optional.of(first)))
                    : Future.succeededFuture(new Opening(place.id(), Optional.empty())));
  }

  private static Future<First> appendFirst(SqlConnection connection, AppendItem item) {
    if (item.draft().replyTo().isPresent()) {
      throw new RefusedTransaction(Refusal.NO_SUCH_ITEM);
    }
    return Previews.conversation(connection, item.conversation())
        .compose(
            opened ->
                connection
                    .preparedQuery(AppendSql.call(1))
                    .execute(AppendSql.parameters(List.of(item), true))
                    .map(rows -> AppendSql.item(item, rows.iterator().next()))
                    .map(first -> new First(opened, first)));
  }

  private static AppendItem item(WriteTo request, long conversation) {
    return AppendItem.of(conversation, request.caller(), request.clientId(), request.draft());
  }

  /** The conversation of two parties; {@code created} if it did not exist. */
  private record Place(long id, boolean created) {}

  private static Future<Place> open(SqlConnection connection, Party caller, Party other) {
    return connection
        .preparedQuery(OPEN)
        .execute(Tuple.of(caller.id(), other.id()))
        .map(rows -> rows.iterator().next())
        .map(row -> new Place(row.getLong("id"), row.getBoolean("created")));
  }
}
