package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.Busy;
import io.parley.conversation.ConversationVerbs.MarkReached;
import io.parley.conversation.ConversationVerbs.Reached;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * How far what was said has reached its members: written behind, many at a time, and never in the
 * way of an append.
 */
public final class DeliveredMarkWriter {
  private final Database database;

  public DeliveredMarkWriter(Database database) {
    this.database = database;
  }

  public Future<Busy> mark(MarkReached wanted) {
    List<Reached> all = wanted.reached();
    return database
        .write(
            "select conversation from mark_delivered_seq($1, $2, case when %s then $3::bigint[] end)"
                .formatted(Database.WITHOUT_WAITING),
            Tuple.tuple()
                .addArrayOfLong(column(all, Reached::conversation))
                .addArrayOfLong(column(all, Reached::party))
                .addArrayOfLong(column(all, Reached::rev)))
        .map(
            rows -> {
              Set<Long> busy = new HashSet<>();
              rows.forEach(row -> busy.add(row.getLong("conversation")));
              return new Busy(busy);
            });
  }

  private static Long[] column(List<Reached> all, ToLongFunction<Reached> field) {
    return all.stream().mapToLong(field).boxed().toArray(Long[]::new);
  }
}
