package io.parley.store.conversation;

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
  private final Previews previews;
  private final ChangePublisher publisher;

  DirectConversations(
      Database database, Appender appender, Previews previews, ChangePublisher publisher) {
    this.database = database;
    this.appender = appender;
    this.previews = previews;
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
                    OpenedReplay.OPENED,
                    request.caller().id(),
                    request.key(),
                    () -> open(connection, request.caller(), request.other())))
        .compose(
            opened ->
                opened.created()
                    ? publishOpened(opened.conversation(), request.caller(), request.other())
                        .map(opened)
                    : Future.succeededFuture(opened))
        .map(Result::done)
        .recover(RefusedTransaction::recover);
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
                opening.item().isEmpty()
                    ? appender.append(item(request, opening.conversation()))
                    : publishOpened(opening.conversation(), request.caller(), request.other())
                        .map(opened -> Result.done(publisher.created(opening.item().get()))))
        .recover(RefusedTransaction::recover);
  }

  /** {@code item} is empty if the conversation existed before. */
  private record Opening(long conversation, Optional<Item> item) {}

  private static Future<Opening> openWithItem(SqlConnection connection, WriteTo request) {
    return open(connection, request.caller(), request.other())
        .compose(
            opened ->
                opened.created()
                    ? appendFirst(connection, item(request, opened.conversation()))
                    : Future.succeededFuture(new Opening(opened.conversation(), Optional.empty())));
  }

  private static Future<Opening> appendFirst(SqlConnection connection, AppendItem item) {
    if (item.draft().replyTo().isPresent()) {
      throw new RefusedTransaction(Refusal.NO_SUCH_ITEM);
    }
    return connection
        .preparedQuery(AppendSql.call(1))
        .execute(AppendSql.parameters(List.of(item), true))
        .map(rows -> AppendSql.item(item, rows.iterator().next()))
        .map(first -> new Opening(item.conversation(), Optional.of(first)));
  }

  private static AppendItem item(WriteTo request, long conversation) {
    return AppendItem.of(conversation, request.caller(), request.clientId(), request.draft());
  }

  private static Future<Opened> open(SqlConnection connection, Party caller, Party other) {
    return connection
        .preparedQuery(OPEN)
        .execute(Tuple.of(caller.id(), other.id()))
        .map(rows -> rows.iterator().next())
        .map(row -> new Opened(row.getLong("id"), row.getBoolean("created"), false));
  }

  private Future<Void> publishOpened(long conversation, Party one, Party other) {
    return previews
        .conversation(conversation)
        .map(
            opened -> {
              publisher.changed(
                  ConversationEvents.conversationCreated(opened, List.of(one.id(), other.id())));
              return null;
            });
  }
}
