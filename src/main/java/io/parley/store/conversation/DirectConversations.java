package io.parley.store.conversation;

import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs.Direct;
import io.parley.conversation.ConversationVerbs.FindDirect;
import io.parley.conversation.ConversationVerbs.OpenDirect;
import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.ConversationVerbs.WriteTo;
import io.parley.conversation.Counterparts;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.store.timeline.AppendSql;
import io.parley.store.timeline.Appender;
import io.parley.store.timeline.TimelineRows;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The conversations of two: one for each pair, made by whoever writes first, together with what
 * they write.
 */
public final class DirectConversations {
  private final Database database;
  private final Appender appender;
  private final Previews previews;
  private final Consumer<TimelineChanged> news;

  public DirectConversations(
      Database database, Appender appender, Previews previews, Consumer<TimelineChanged> news) {
    this.database = database;
    this.appender = appender;
    this.previews = previews;
    this.news = news;
  }

  public Future<Result<Direct>> find(FindDirect question) {
    boolean byId = question.other().text().matches("[0-9]{1,18}");
    String sql =
        """
        select p.id as other_id, p.kind as other_kind, p.handle as other_handle, p.name as other_name, c.id
        from party p join account a on a.id = p.id
        left join conversation c on c.audience_key = 'direct:' || least(p.id, $2) || ':' || greatest(p.id, $2)
        where %s
        """
            .formatted(byId ? "p.id = $1::text::bigint" : "p.handle = lower($1)");
    return database
        .read(sql, Tuple.of(question.other().text(), question.caller().id()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : allowed(question.caller(), rows.iterator().next()));
  }

  private static Result<Direct> allowed(Party caller, Row row) {
    Party other = TimelineRows.party(row, "other_");
    Optional<Refusal> against = Counterparts.against(caller, other);
    return against.isPresent()
        ? Result.refused(against.get())
        : Result.done(new Direct(other, Optional.ofNullable(row.getLong("id"))));
  }

  public Future<Result<Opened>> open(OpenDirect wanted) {
    return database
        .transaction(
            connection ->
                AcceptedRequests.once(
                    connection,
                    wanted.caller(),
                    wanted.key(),
                    () -> opened(connection, wanted.caller(), wanted.other())))
        .compose(
            opened ->
                (opened.created()
                        ? tellOpened(opened.conversation(), wanted.caller(), wanted.other())
                        : Future.succeededFuture())
                    .map(told -> Result.done(opened)))
        .recover(RefusedTransaction::refused);
  }

  /**
   * The item and, if it is the first, its conversation in one transaction; else the ordinary way.
   */
  public Future<Result<Appended>> write(WriteTo wanted) {
    return database
        .transaction(connection -> first(connection, wanted))
        .compose(
            first ->
                first.item().isEmpty()
                    ? appender.append(item(wanted, first.conversation()))
                    : tellOpened(first.conversation(), wanted.caller(), wanted.other())
                        .map(told -> tellFirst(first.item().get())))
        .recover(RefusedTransaction::refused);
  }

  private record First(long conversation, Optional<Item> item) {}

  private static Future<First> first(SqlConnection connection, WriteTo wanted) {
    return opened(connection, wanted.caller(), wanted.other())
        .compose(
            opened -> {
              if (!opened.created()) {
                return Future.succeededFuture(new First(opened.conversation(), Optional.empty()));
              }
              if (wanted.draft().replyTo().isPresent()) {
                throw new RefusedTransaction(Refusal.NO_SUCH_ITEM); // nothing was said yet
              }
              AppendItem item = item(wanted, opened.conversation());
              return connection
                  .preparedQuery(AppendSql.call(1))
                  .execute(AppendSql.parameters(List.of(item), true))
                  .map(
                      rows ->
                          new First(
                              opened.conversation(),
                              Optional.of(AppendSql.item(item, rows.iterator().next()))));
            });
  }

  private static AppendItem item(WriteTo wanted, long conversation) {
    return AppendItem.of(conversation, wanted.caller(), wanted.clientId(), wanted.draft());
  }

  private static Future<Opened> opened(SqlConnection connection, Party caller, Party other) {
    return connection
        .preparedQuery("select id, created from open_direct_conversation($1, $2)")
        .execute(Tuple.of(caller.id(), other.id()))
        .map(rows -> rows.iterator().next())
        .map(row -> new Opened(row.getLong("id"), row.getBoolean("created"), false));
  }

  private Future<Void> tellOpened(long conversation, Party one, Party other) {
    return previews
        .neutral(conversation)
        .map(
            found -> {
              news.accept(
                  ConversationEvents.conversationCreated(found, List.of(one.id(), other.id())));
              return null;
            });
  }

  private Result<Appended> tellFirst(Item item) {
    Buffer encoded = JsonBytes.of(item);
    news.accept(ConversationEvents.itemCreated(item, encoded));
    return Result.done(new Appended(item.conversation(), item.seq(), encoded, false));
  }
}
