package io.parley.store.timeline;

import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationEvents.Receipt;
import io.parley.json.JsonBytes;
import io.parley.store.db.Database;
import io.parley.store.db.WriteLane;
import io.parley.timeline.Delivery;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.parley.timeline.TimelineVerbs.MarkRead;
import io.parley.timeline.TimelineVerbs.Marked;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Appends items and moves read marks, by group commit: everything that gathered while a lane was
 * busy goes in one statement and one commit.
 *
 * <p>A conversation always goes by the same lane of a node, so an author's items keep their order;
 * between nodes the conversation's row lock decides. The sender is answered after the commit, and
 * news is published after the commit, in the order of revs within a lane. A key stores one item
 * however often, from however many nodes, it is sent.
 */
public final class Appender {
  private static final int REMEMBERED = 10_000;

  private final List<WriteLane<AppendItem, Landed>> appends = new ArrayList<>();
  private final List<WriteLane<MarkRead, Moved>> marks = new ArrayList<>();
  private final Items items;
  private final Consumer<TimelineChanged> news;
  private final Consumer<List<Delivery>> made;

  public Appender(
      Vertx vertx,
      Database database,
      Items items,
      int lanes,
      int bound,
      Consumer<TimelineChanged> news,
      Consumer<List<Delivery>> made) {
    this.made = made;
    this.items = items;
    this.news = news;
    for (int i = 0; i < lanes; i++) {
      appends.add(new WriteLane<>(vertx, database, new Appends(), bound));
      marks.add(new WriteLane<>(vertx, database, new Marks(), bound));
    }
  }

  public Future<Result<Appended>> append(AppendItem item) {
    return lane(appends, item.conversation()).send(item).compose(landed -> answer(item, landed));
  }

  public Future<Result<Marked>> mark(MarkRead mark) {
    return lane(marks, mark.conversation())
        .send(mark)
        .compose(
            moved ->
                moved.known()
                    ? Future.succeededFuture(Result.done(new Marked(moved.readSeq())))
                    : items.markAside(mark));
  }

  private static <L> L lane(List<L> lanes, long conversation) {
    return lanes.get((int) Math.floorMod(conversation, (long) lanes.size()));
  }

  private Future<Result<Appended>> answer(AppendItem item, Landed landed) {
    return switch (landed) {
      case Stored stored ->
          Future.succeededFuture(
              Result.done(
                  new Appended(item.conversation(), stored.item().seq(), stored.encoded(), false)));
      case There there -> items.asItIs(item.conversation(), item.author().id(), there.seq());
      case Not not -> Future.succeededFuture(Result.refused(not.why()));
    };
  }

  /** What became of an item. */
  private sealed interface Landed {}

  private record Stored(Item item, Buffer encoded) implements Landed {}

  private record There(long seq) implements Landed {}

  private record Not(Refusal why) implements Landed {}

  private final class Appends implements WriteLane.Freight<AppendItem, Landed> {
    /** The last item told of the conversations written to lately. */
    private final Map<Long, Long> told =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > REMEMBERED;
          }
        };

    @Override
    public String sql(int questions) {
      return AppendSql.call(questions);
    }

    @Override
    public Tuple parameters(List<AppendItem> questions, boolean wait) {
      return AppendSql.parameters(questions, wait);
    }

    @Override
    public @Nullable Landed answer(AppendItem question, Row row, boolean sentBefore) {
      return switch (row.getString("outcome")) {
        case "stored" -> stored(question, row);
        case "replayed" ->
            sentBefore && isNews(question, row)
                ? stored(question, row)
                : new There(row.getLong("seq"));
        case "key_reused" -> new Not(Refusal.KEY_REUSED);
        case "not_member" -> new Not(Refusal.NOT_THERE);
        case "no_such_item" -> new Not(Refusal.NO_SUCH_ITEM);
        default -> null;
      };
    }

    // sent before on a connection that broke, and beyond what this lane has told: it is what landed
    // then
    private boolean isNews(AppendItem question, Row row) {
      Long last = told.get(question.conversation());
      return last == null || row.getLong("seq") > last;
    }

    private Stored stored(AppendItem question, Row row) {
      told.put(question.conversation(), row.getLong("seq"));
      Item item = AppendSql.item(question, row);
      return new Stored(item, JsonBytes.of(item));
    }

    @Override
    public void committed(List<AppendItem> questions, List<Landed> answers) {
      for (Landed landed : answers) {
        if (landed instanceof Stored stored) {
          news.accept(ConversationEvents.itemCreated(stored.item(), stored.encoded()));
          made.accept(stored.item().routing().deliveries());
        }
      }
    }
  }

  private record Moved(boolean known, boolean moved, long readSeq, long rev, Instant at) {}

  private final class Marks implements WriteLane.Freight<MarkRead, Moved> {
    @Override
    public String sql(int questions) {
      return "select * from mark_read($1, $2, $3, $4)";
    }

    @Override
    public Tuple parameters(List<MarkRead> questions, boolean wait) {
      return Tuple.tuple()
          .addArrayOfLong(questions.stream().map(MarkRead::conversation).toArray(Long[]::new))
          .addArrayOfLong(questions.stream().map(mark -> mark.party().id()).toArray(Long[]::new))
          .addArrayOfLong(questions.stream().map(MarkRead::seq).toArray(Long[]::new))
          .addBoolean(wait);
    }

    @Override
    public @Nullable Moved answer(MarkRead question, Row row, boolean sentBefore) {
      return switch (row.getString("outcome")) {
        case "marked" -> {
          boolean moved = row.getBoolean("moved");
          long rev = moved ? row.getLong("rev") : 0;
          yield new Moved(
              true, moved, row.getLong("read_seq"), rev, row.getOffsetDateTime("at").toInstant());
        }
        case "not_member" -> new Moved(false, false, 0, 0, Instant.EPOCH);
        default -> null;
      };
    }

    @Override
    public void committed(List<MarkRead> questions, List<Moved> answers) {
      Map<Long, Map<Long, Receipt>> receipts = new LinkedHashMap<>();
      Map<Long, Moved> revs = new LinkedHashMap<>();
      for (int i = 0; i < questions.size(); i++) {
        MarkRead mark = questions.get(i);
        Moved moved = answers.get(i);
        if (moved.moved()) {
          revs.put(mark.conversation(), moved);
          receipts
              .computeIfAbsent(mark.conversation(), id -> new LinkedHashMap<>())
              .put(mark.party().id(), new Receipt(mark.party(), moved.readSeq()));
        }
      }
      if (!revs.isEmpty()) {
        tell(receipts, revs);
      }
    }

    private void tell(Map<Long, Map<Long, Receipt>> receipts, Map<Long, Moved> revs) {
      items
          .readByAll(revs.keySet())
          .onSuccess(
              readByAll ->
                  receipts.forEach(
                      (conversation, moved) ->
                          news.accept(
                              event(
                                  conversation,
                                  moved,
                                  revs,
                                  readByAll.getOrDefault(conversation, 0L)))));
    }

    private static TimelineChanged event(
        long conversation, Map<Long, Receipt> moved, Map<Long, Moved> revs, long readByAll) {
      Moved last = Objects.requireNonNull(revs.get(conversation));
      return ConversationEvents.receipts(
          conversation, List.copyOf(moved.values()), readByAll, last.rev(), last.at());
    }
  }
}
