package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.identity.RequestKind;
import io.parley.store.db.AcceptedRequests.Replay;
import io.vertx.core.Future;

/** The answer to a repeated request for a conversation, direct or group. */
final class OpenedReplay {
  static final Replay<Opened> OPENED =
      new Replay<>(
          RequestKind.CONVERSATION,
          Opened::conversation,
          id -> Future.succeededFuture(new Opened(id, false, true)));

  private OpenedReplay() {}
}
