package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.Busy;
import io.parley.conversation.ConversationVerbs.DeliveredMark;
import io.parley.conversation.ConversationVerbs.MarkDelivered;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Stores how far items have been delivered to members: asynchronously, many at a time, and without
 * ever blocking an append.
 */
final class DeliveredMarkWriter {
  // by the primary keys of member and conversation; skips locked rows, and reports them as busy
  private static final String MARK =
      "select conversation from mark_delivered_seq($1, $2, case when %s then $3::bigint[] end)"
          .formatted(Database.ASYNC_COMMIT);

  private final Database database;

  DeliveredMarkWriter(Database database) {
    this.database = database;
  }

  Future<Busy> mark(MarkDelivered request) {
    List<DeliveredMark> marks = request.marks();
    return database
        .write(
            MARK,
            Tuple.tuple()
                .addArrayOfLong(column(marks, DeliveredMark::conversation))
                .addArrayOfLong(column(marks, DeliveredMark::party))
                .addArrayOfLong(column(marks, DeliveredMark::rev)))
        .map(
            rows -> {
              Set<Long> busy = new HashSet<>();
              rows.forEach(row -> busy.add(row.getLong("conversation")));
              return new Busy(busy);
            });
  }

  private static Long[] column(List<DeliveredMark> marks, ToLongFunction<DeliveredMark> field) {
    return marks.stream().mapToLong(field).boxed().toArray(Long[]::new);
  }
}
