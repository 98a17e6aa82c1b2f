package io.parley.store.conversation;

import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs.FindPreview;
import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.Preview;
import io.parley.identity.RequestKind;
import io.parley.store.db.AcceptedRequests.Replay;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.RefusedTransaction;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;

/**
 * The outcome of a request for a conversation, direct or group, read in the transaction that opened
 * it: after the commit nothing has to be read, so nothing can fail.
 *
 * @param members the first members, if the conversation was created; empty otherwise
 */
record OpenedConversation(Opened answer, List<Long> members) {

  static Future<OpenedConversation> read(
      SqlConnection connection, long conversation, long caller, List<Long> members) {
    return preview(connection, conversation, caller)
        .map(found -> new Opened(found, !members.isEmpty(), false))
        .map(answer -> new OpenedConversation(answer, members));
  }

  /** How a repeated request is answered; refused if the caller no longer sees the conversation. */
  static Replay<OpenedConversation> replay(SqlConnection connection, long caller) {
    return new Replay<>(
        RequestKind.CONVERSATION,
        opened -> opened.answer().conversation(),
        id ->
            preview(connection, id, caller)
                .map(found -> new Opened(found, false, true))
                .map(answer -> new OpenedConversation(answer, List.of())));
  }

  private static Future<Preview> preview(SqlConnection connection, long id, long caller) {
    return Previews.find(connection, new FindPreview(id, caller))
        .map(
            found ->
                switch (found) {
                  case Result.Done<Preview> done -> done.value();
                  case Result.Refused<Preview> refused ->
                      throw new RefusedTransaction(refused.reason());
                });
  }

  /** Publishes that the conversation was created, if it was. */
  void publish(ChangePublisher publisher) {
    if (answer.created()) {
      publisher.changed(
          ConversationEvents.conversationCreated(answer.preview().conversation(), members));
    }
  }
}
