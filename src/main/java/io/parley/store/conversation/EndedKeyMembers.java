package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.store.db.Database;
import io.parley.store.identity.PartyRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/** Removes API keys that have ended from their groups, as if they had left. */
final class EndedKeyMembers {
  // scans api_key, which is small, and looks up by member_party
  private static final String FIND =
      """
      select m.conversation, p.id as key_id, p.kind as key_kind, p.handle as key_handle, p.name as key_name
      from api_key k join member m on m.party = k.id join party p on p.id = k.id
      where k.ended_at is not null limit 50
      """;

  private final Database database;
  private final Groups groups;

  EndedKeyMembers(Database database, Groups groups) {
    this.database = database;
    this.groups = groups;
  }

  Future<Integer> sweep() {
    return database
        .read(FIND, Tuple.tuple())
        .compose(
            rows -> {
              Future<?> last = Future.succeededFuture();
              for (Row row : rows) {
                last = last.compose(left -> groups.update(leave(row)));
              }
              return last.map(rows.size());
            });
  }

  private static UpdateGroup leave(Row row) {
    return new UpdateGroup(
        row.getLong("conversation"),
        PartyRows.party(row, "key_"),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(new UserRef(row.getLong("key_id").toString())));
  }
}
