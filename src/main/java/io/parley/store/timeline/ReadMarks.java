package io.parley.store.timeline;

import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationEvents.Receipt;
import io.parley.store.db.Database;
import io.parley.store.db.LaneStatement;
import io.parley.store.db.SqlTime;
import io.parley.store.db.WriteLane;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.MarkRead;
import io.parley.timeline.TimelineVerbs.Marked;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Moves read marks by group commit, as {@link Appender} appends items. All marks of a conversation
 * that move in one batch share one rev and one event.
 */
final class ReadMarks {
  // marks of agents in external conversations, of which no member is notified; by primary keys
  private static final String MARK_AGENT =
      """
      insert into reading as r (conversation, party, read_seq)
      select c.id, $2, least($3, c.last_seq) from conversation c where c.id = $1 and c.kind = 'external' and %s
      on conflict (conversation, party) do update set read_seq = greatest(r.read_seq, excluded.read_seq)
      returning read_seq
      """
          .formatted(Visibility.visibleTo("c.id", "$2"));

  // how far all readers have read, for large groups only: counting them would lock the group for
  // too long
  private static final String READ_BY_ALL =
      """
      select c.id as conversation, min(l.read_seq) as seq
      from unnest($1::bigint[]) c (id) cross join lateral (%s) l
      group by c.id having count(*) > 1
      """
          .formatted(ReadStateSql.leastRead("c.id"));

  private final List<WriteLane<MarkRead, Outcome>> lanes = new ArrayList<>();
  private final Database database;
  private final ChangePublisher publisher;

  ReadMarks(Vertx vertx, Database database, int lanes, int maxWaiting, ChangePublisher publisher) {
    this.database = database;
    this.publisher = publisher;
    for (int i = 0; i < lanes; i++) {
      this.lanes.add(new WriteLane<>(vertx, database, new MarkStatement(), maxWaiting));
    }
  }

  Future<Result<Marked>> mark(MarkRead request) {
    WriteLane<MarkRead, Outcome> lane =
        lanes.get((int) Math.floorMod(request.conversation(), (long) lanes.size()));
    return lane.send(request)
        .compose(
            outcome ->
                switch (outcome) {
                  case NotMember no -> markAgent(request);
                  case Unmoved mark -> Future.succeededFuture(marked(mark.readSeq()));
                  case Moved mark -> Future.succeededFuture(marked(mark.readSeq()));
                });
  }

  private static Result<Marked> marked(long readSeq) {
    return Result.done(new Marked(readSeq));
  }

  private Future<Result<Marked>> markAgent(MarkRead request) {
    return database
        .write(MARK_AGENT, Tuple.of(request.conversation(), request.party().id(), request.seq()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : marked(rows.iterator().next().getLong("read_seq")));
  }

  private Future<Map<Long, Long>> readByAll(Collection<Long> conversations) {
    return database
        .read(READ_BY_ALL, Tuple.tuple().addArrayOfLong(conversations.toArray(Long[]::new)))
        .map(
            rows -> {
              Map<Long, Long> seqs = new HashMap<>();
              rows.forEach(row -> seqs.put(row.getLong("conversation"), row.getLong("seq")));
              return seqs;
            });
  }

  private sealed interface Outcome {}

  private record NotMember() implements Outcome {}

  /** Nothing moved; {@code doubtful} if an earlier attempt of this request may have moved it. */
  private record Unmoved(long readSeq, boolean doubtful) implements Outcome {}

  /** {@code readByAll} is empty if the group is too large to know it. */
  private record Moved(long readSeq, long rev, Instant at, OptionalLong readByAll)
      implements Outcome {}

  /** The marks of one conversation that moved in one batch. */
  private static final class MovedMarks {
    final Map<Long, Receipt> receipts = new LinkedHashMap<>();
    final long rev;
    final Instant at;
    final OptionalLong readByAll;

    MovedMarks(Moved first) {
      this.rev = first.rev();
      this.at = first.at();
      this.readByAll = first.readByAll();
    }

    void add(MarkRead mark, Moved moved) {
      receipts.put(mark.party().id(), new Receipt(mark.party(), moved.readSeq()));
    }
  }

  private final class MarkStatement implements LaneStatement<MarkRead, Outcome> {
    @Override
    public long conversation(MarkRead request) {
      return request.conversation();
    }

    @Override
    public String sql(int size) {
      return "select * from move_read_marks($1, $2, $3, $4)";
    }

    @Override
    public Tuple parameters(List<MarkRead> requests, boolean wait) {
      return Tuple.tuple()
          .addArrayOfLong(requests.stream().map(MarkRead::conversation).toArray(Long[]::new))
          .addArrayOfLong(requests.stream().map(mark -> mark.party().id()).toArray(Long[]::new))
          .addArrayOfLong(requests.stream().map(MarkRead::seq).toArray(Long[]::new))
          .addBoolean(wait);
    }

    @Override
    public @Nullable Outcome result(MarkRead request, Row row, boolean doubtful) {
      return switch (row.getString("outcome")) {
        case "marked" ->
            row.getBoolean("moved") ? moved(row) : new Unmoved(row.getLong("read_seq"), doubtful);
        case "not_member" -> new NotMember();
        default -> null;
      };
    }

    private static Moved moved(Row row) {
      Long all = row.getLong("read_by_all");
      return new Moved(
          row.getLong("read_seq"),
          row.getLong("rev"),
          SqlTime.instant(row, "at"),
          all == null ? OptionalLong.empty() : OptionalLong.of(all));
    }

    @Override
    public void committed(List<MarkRead> requests, List<Outcome> outcomes) {
      Map<Long, MovedMarks> moved = new LinkedHashMap<>();
      boolean doubtful = false;
      for (int i = 0; i < requests.size(); i++) {
        switch (outcomes.get(i)) {
          case Moved mark ->
              moved
                  .computeIfAbsent(requests.get(i).conversation(), any -> new MovedMarks(mark))
                  .add(requests.get(i), mark);
          case Unmoved mark -> doubtful |= mark.doubtful();
          case NotMember no -> {}
        }
      }
      if (doubtful) {
        database.reportUnknownOutcome();
      }
      publish(moved);
    }
  }

  private void publish(Map<Long, MovedMarks> moved) {
    Map<Long, MovedMarks> large = new LinkedHashMap<>();
    moved.forEach(
        (conversation, marks) -> {
          if (marks.readByAll.isPresent()) {
            publish(conversation, marks, marks.readByAll.getAsLong());
          } else {
            large.put(conversation, marks);
          }
        });
    if (!large.isEmpty()) {
      publishLarge(large);
    }
  }

  private void publishLarge(Map<Long, MovedMarks> moved) {
    readByAll(moved.keySet())
        .onSuccess(
            seqs ->
                moved.forEach(
                    (conversation, marks) ->
                        publish(conversation, marks, seqs.getOrDefault(conversation, 0L))))
        .onFailure(unread -> database.reportUnknownOutcome());
  }

  private void publish(long conversation, MovedMarks marks, long readByAll) {
    List<Receipt> receipts = List.copyOf(marks.receipts.values());
    publisher.changed(
        ConversationEvents.receipts(conversation, receipts, readByAll, marks.rev, marks.at));
  }
}
