package io.parley.store.external;

import io.parley.channel.Address;
import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationEvents;
import io.parley.flow.Batcher;
import io.parley.flow.Outage;
import io.parley.identity.Party;
import io.parley.store.conversation.Previews;
import io.parley.store.db.Database;
import io.parley.store.timeline.AppendSql;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.ItemReads;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Opens external conversations, each together with its first message in one transaction, so that a
 * failure leaves no empty conversation behind. Conversations are numbered without gaps, so opening
 * one blocks the others until its commit; therefore those that wait are opened together.
 */
final class ConversationOpener {
  private static final int MAX_BATCH = 64;
  private static final int MAX_WAITING = 10_000;

  // by party_handle and the unique audience_key of conversation
  private static final String OPEN =
      "select * from open_external_conversations($1, $2, $3, $4, $5, $6, $7)";

  private final Database database;
  private final ItemReads items;
  private final ChangePublisher publisher;
  private final Batcher<ExternalMessage, Future<Optional<Result<Appended>>>> batcher =
      new Batcher<>(MAX_BATCH, MAX_WAITING, this::openAll);

  ConversationOpener(Database database, ItemReads items, ChangePublisher publisher) {
    this.database = database;
    this.items = items;
    this.publisher = publisher;
  }

  /**
   * Opens the conversation of a message and stores the message. Empty if the conversation exists by
   * now, so the message can be stored in the ordinary way.
   */
  Future<Optional<Result<Appended>>> openWith(ExternalMessage message) {
    return batcher.ask(message).compose(Function.identity());
  }

  /** What one transaction opened; {@code requests} has the messages that it tried to store. */
  private record Opening(
      Collection<Conversation> created,
      List<Optional<AppendItem>> requests,
      Iterator<Row> stored) {}

  /** Each message gets a result of its own, so that a bad one does not fail the others. */
  private Future<List<Future<Optional<Result<Appended>>>>> openAll(List<ExternalMessage> messages) {
    return database
        .transaction(connection -> open(connection, messages))
        .transform(
            (opening, failure) -> {
              if (failure == null) {
                return Future.succeededFuture(publish(opening));
              }
              return failure instanceof Outage || messages.size() == 1
                  ? Future.failedFuture(failure)
                  : openSeparately(messages);
            });
  }

  private Future<List<Future<Optional<Result<Appended>>>>> openSeparately(
      List<ExternalMessage> messages) {
    Future<List<Future<Optional<Result<Appended>>>>> all =
        Future.succeededFuture(new ArrayList<>());
    for (ExternalMessage message : messages) {
      all =
          all.compose(
              results ->
                  openAll(List.of(message))
                      .transform(
                          (single, failure) -> {
                            results.add(
                                failure == null ? single.getFirst() : Future.failedFuture(failure));
                            return Future.succeededFuture(results);
                          }));
    }
    return all;
  }

  private static Future<Opening> open(SqlConnection connection, List<ExternalMessage> messages) {
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(
                ExternalMessage.column(messages, each -> each.contact().kind().text()))
            .addArrayOfString(ExternalMessage.column(messages, each -> each.contact().handle()))
            .addArrayOfString(ExternalMessage.column(messages, each -> each.contact().text()))
            .addArrayOfString(ExternalMessage.column(messages, each -> each.sender().kind().text()))
            .addArrayOfString(ExternalMessage.column(messages, each -> each.sender().handle()))
            .addArrayOfString(ExternalMessage.column(messages, each -> each.sender().text()))
            .addArrayOfString(ExternalMessage.column(messages, ExternalMessage::source));
    return connection
        .preparedQuery(OPEN)
        .execute(parameters)
        .compose(rows -> append(connection, messages, rows));
  }

  private static Future<Opening> append(
      SqlConnection connection, List<ExternalMessage> messages, RowSet<Row> conversations) {
    List<Long> created = new ArrayList<>();
    List<Optional<AppendItem>> requests = new ArrayList<>(messages.size());
    for (Row conversation : conversations) {
      if (conversation.getBoolean("created")) {
        created.add(conversation.getLong("id"));
      }
      ExternalMessage message = messages.get(requests.size());
      requests.add(
          created.contains(conversation.getLong("id"))
              ? Optional.of(item(message, conversation))
              : Optional.empty());
    }
    List<AppendItem> items = requests.stream().flatMap(Optional::stream).toList();
    return items.isEmpty()
        ? Future.succeededFuture(new Opening(List.of(), requests, Collections.emptyIterator()))
        : Previews.conversations(connection, created)
            .compose(
                opened ->
                    connection
                        .preparedQuery(AppendSql.call(items.size()))
                        .execute(AppendSql.parameters(items, true))
                        .map(stored -> new Opening(opened.values(), requests, stored.iterator())));
  }

  private static AppendItem item(ExternalMessage message, Row conversation) {
    long contact = conversation.getLong("contact");
    long author = message.inbound() ? contact : conversation.getLong("own");
    Address from = message.message().from();
    return message.item(
        conversation.getLong("id"),
        new Party(author, from.kind(), from.text(), from.handle()),
        contact);
  }

  private List<Future<Optional<Result<Appended>>>> publish(Opening opening) {
    opening
        .created()
        .forEach(
            each -> publisher.changed(ConversationEvents.conversationCreated(each, List.of())));
    List<Future<Optional<Result<Appended>>>> results = new ArrayList<>();
    for (Optional<AppendItem> request : opening.requests()) {
      results.add(
          request.isPresent()
              ? result(request.get(), opening.stored().next()).map(Optional::of)
              : Future.succeededFuture(Optional.empty()));
    }
    return results;
  }

  private Future<Result<Appended>> result(AppendItem request, Row row) {
    return switch (row.getString("outcome")) {
      case "stored" ->
          Future.succeededFuture(Result.done(publisher.created(AppendSql.item(request, row))));
      case "replayed" -> items.replay(request.conversation(), row.getLong("seq"));
      default -> Future.succeededFuture(Result.refused(Refusal.KEY_REUSED));
    };
  }
}
