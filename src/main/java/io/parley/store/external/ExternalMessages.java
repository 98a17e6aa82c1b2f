package io.parley.store.external;

import io.parley.channel.Address;
import io.parley.channel.ChannelVerbs.ReceiveMessage;
import io.parley.channel.ChannelVerbs.Received;
import io.parley.channel.ChannelVerbs.SendMessage;
import io.parley.flow.Batcher;
import io.parley.identity.Party;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.parley.store.timeline.Appender;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.ItemReads;
import io.parley.timeline.Envelope.Request;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Messages from and to external participants: finds the conversation that a message belongs to, or
 * opens it, and appends the message. Conversations are found many at a time. Messages of existing
 * conversations go through the {@link Appender} like every other item; the first message of a
 * conversation is stored by {@link ConversationOpener}.
 */
final class ExternalMessages {
  private static final int MAX_TRIES = 3;
  private static final int MAX_BATCH = 64;
  private static final int MAX_WAITING = 10_000;

  // by the primary key of request
  private static final String FIND_REQUEST =
      "select operation, request, result, seq from request where caller = $1 and key = $2";

  // by party_handle, member_via, the unique audience_key and the primary key of inbound
  private static final String FIND_CONVERSATIONS =
      "select * from find_external_conversations($1, $2, $3, $4, $5)";

  private final Database database;
  private final Appender appender;
  private final ItemReads items;
  private final ConversationOpener opener;
  private final Batcher<ExternalMessage, Row> conversations =
      new Batcher<>(MAX_BATCH, MAX_WAITING, this::findConversations);

  ExternalMessages(
      Database database, Appender appender, ItemReads items, ChangePublisher publisher) {
    this.database = database;
    this.appender = appender;
    this.items = items;
    this.opener = new ConversationOpener(database, items, publisher);
  }

  Future<Result<Appended>> send(SendMessage request) {
    return store(ExternalMessage.outbound(request), MAX_TRIES);
  }

  Future<Result<Received>> receive(ReceiveMessage request) {
    return store(ExternalMessage.inbound(request), MAX_TRIES)
        .map(
            result ->
                switch (result) {
                  case Result.Done<Appended> done -> Result.done(taken(done.value()));
                  case Result.Refused<Appended> refused -> Result.refused(refused.reason());
                });
  }

  private static Received taken(Appended appended) {
    return new Received(appended.conversation(), appended.seq(), appended.replayed());
  }

  // a unique violation means that the same message was stored meanwhile; a retry finds it
  private Future<Result<Appended>> store(ExternalMessage message, int tries) {
    return findEarlier(message)
        .compose(
            earlier ->
                earlier.isPresent()
                    ? Future.succeededFuture(earlier.get())
                    : conversations.ask(message).compose(found -> store(message, found, tries)))
        .recover(
            failure -> {
              if (SqlErrors.isSendLimit(failure)) {
                return Future.succeededFuture(Result.refused(Refusal.SEND_LIMIT));
              }
              return SqlErrors.isUniqueViolation(failure) && tries > 1
                  ? store(message, tries - 1)
                  : Future.failedFuture(failure);
            });
  }

  private Future<Result<Appended>> store(ExternalMessage message, Row found, int tries) {
    if (found.getLong("stored_in") != null) {
      return Future.succeededFuture(
          Result.done(
              Appended.replayed(
                  found.getLong("stored_in"), found.getLong("stored_seq"), Buffer.buffer())));
    }
    if (found.getLong("conversation") == null) {
      return opener
          .openWith(message)
          .compose(
              answer ->
                  answer.isPresent()
                      ? Future.succeededFuture(answer.get())
                      : store(message, tries));
    }
    Address from = message.message().from();
    Party author =
        new Party(
            found.getLong("from_id"), from.kind(), found.getString("from_name"), from.handle());
    long contact = found.getLong(message.inbound() ? "from_id" : "to_id");
    return appender.append(message.item(found.getLong("conversation"), author, contact));
  }

  private Future<Optional<Result<Appended>>> findEarlier(ExternalMessage message) {
    Optional<Request> request = message.request();
    return request.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : findEarlier(request.get());
  }

  private Future<Optional<Result<Appended>>> findEarlier(Request request) {
    return database
        .read(FIND_REQUEST, Tuple.of(request.caller(), request.key()))
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture(Optional.empty())
                    : replay(request, rows.iterator().next()).map(Optional::of));
  }

  private Future<Result<Appended>> replay(Request request, Row earlier) {
    boolean same =
        earlier.getString("operation").equals(request.kind().text())
            && earlier.getUUID("request").equals(request.fingerprint());
    return same
        ? items.replay(earlier.getLong("result"), earlier.getLong("seq"))
        : Future.succeededFuture(Result.refused(Refusal.KEY_REUSED));
  }

  private Future<List<Row>> findConversations(List<ExternalMessage> messages) {
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(
                ExternalMessage.column(messages, each -> each.message().from().handle()))
            .addArrayOfString(
                ExternalMessage.column(messages, each -> each.message().to().handle()))
            .addArrayOfString(
                ExternalMessage.column(messages, each -> each.inbound() ? each.source() : null))
            .addArrayOfString(ExternalMessage.column(messages, each -> each.sender().text()))
            .addArrayOfString(ExternalMessage.column(messages, each -> each.id().orElse(null)));
    return database
        .read(FIND_CONVERSATIONS, parameters)
        .map(
            rows -> {
              List<Row> found = new ArrayList<>(messages.size());
              rows.forEach(found::add);
              return found;
            });
  }
}
