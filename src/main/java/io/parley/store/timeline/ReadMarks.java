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

  // how far all readers have read, in conversations with more than one; by the key of member
  private static final String READ_BY_ALL =
      """
      select m.conversation, min(m.read_seq) as seq from member m join party p on p.id = m.party
      where m.conversation = any ($1) and p.kind in %s group by m.conversation having count(*) > 1
      """
          .formatted(ReadStateSql.READER_KINDS);

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
                outcome.isMember()
                    ? Future.succeededFuture(Result.done(new Marked(outcome.readSeq())))
                    : markAgent(request));
  }

  private Future<Result<Marked>> markAgent(MarkRead request) {
    return database
        .write(MARK_AGENT, Tuple.of(request.conversation(), request.party().id(), request.seq()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : Result.done(new Marked(rows.iterator().next().getLong("read_seq"))));
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

  /** {@code rev} and {@code at} are set if the mark {@code moved}. */
  private record Outcome(boolean isMember, boolean moved, long readSeq, long rev, Instant at) {
    static final Outcome NOT_MEMBER = new Outcome(false, false, 0, 0, Instant.EPOCH);
  }

  /** The marks of one conversation that moved in one batch. */
  private static final class MovedMarks {
    final Map<Long, Receipt> receipts = new LinkedHashMap<>();
    long rev;
    Instant at = Instant.EPOCH;

    void add(MarkRead mark, Outcome outcome) {
      receipts.put(mark.party().id(), new Receipt(mark.party(), outcome.readSeq()));
      rev = outcome.rev();
      at = outcome.at();
    }
  }

  private final class MarkStatement implements LaneStatement<MarkRead, Outcome> {
    @Override
    public String sql(int size) {
      return "select * from mark_read($1, $2, $3, $4)";
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
    public @Nullable Outcome result(MarkRead request, Row row, boolean sentBefore) {
      return switch (row.getString("outcome")) {
        case "marked" -> {
          boolean moved = row.getBoolean("moved");
          long rev = moved ? row.getLong("rev") : 0;
          yield new Outcome(true, moved, row.getLong("read_seq"), rev, SqlTime.instant(row, "at"));
        }
        case "not_member" -> Outcome.NOT_MEMBER;
        default -> null;
      };
    }

    @Override
    public void committed(List<MarkRead> requests, List<Outcome> outcomes) {
      Map<Long, MovedMarks> moved = new LinkedHashMap<>();
      for (int i = 0; i < requests.size(); i++) {
        if (outcomes.get(i).moved()) {
          moved
              .computeIfAbsent(requests.get(i).conversation(), any -> new MovedMarks())
              .add(requests.get(i), outcomes.get(i));
        }
      }
      if (!moved.isEmpty()) {
        readByAll(moved.keySet())
            .onSuccess(
                seqs ->
                    moved.forEach(
                        (conversation, marks) ->
                            publish(conversation, marks, seqs.getOrDefault(conversation, 0L))));
      }
    }
  }

  private void publish(long conversation, MovedMarks marks, long readByAll) {
    List<Receipt> receipts = List.copyOf(marks.receipts.values());
    publisher.changed(
        ConversationEvents.receipts(conversation, receipts, readByAll, marks.rev, marks.at));
  }
}
