package io.parley.store.timeline;

import io.parley.json.JsonBytes;
import io.parley.store.db.Database;
import io.parley.store.db.LaneStatement;
import io.parley.store.db.SqlErrors;
import io.parley.store.db.WriteLane;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Appends items by group commit: everything that accumulated while a lane was busy goes in one
 * statement and one commit.
 *
 * <p>A node sends all items of a conversation through the same lane, so an author's items keep
 * their order; between nodes the conversation's row lock decides. Authors get their answer after
 * the commit, and events are published after the commit, in the order of revs within a lane. A key
 * stores one item, however often it is sent and through however many nodes.
 */
public final class Appender {
  private final List<WriteLane<AppendItem, Outcome>> lanes = new ArrayList<>();
  private final Database database;
  private final ItemReads items;
  private final ChangePublisher publisher;

  Appender(
      Vertx vertx,
      Database database,
      ItemReads items,
      int lanes,
      int maxWaiting,
      ChangePublisher publisher) {
    this.database = database;
    this.items = items;
    this.publisher = publisher;
    for (int i = 0; i < lanes; i++) {
      this.lanes.add(new WriteLane<>(vertx, database, new AppendStatement(), maxWaiting));
    }
  }

  public Future<Result<Appended>> append(AppendItem item) {
    WriteLane<AppendItem, Outcome> lane =
        lanes.get((int) Math.floorMod(item.conversation(), (long) lanes.size()));
    return lane.send(item)
        .compose(outcome -> answer(item, outcome))
        .recover(
            failure ->
                SqlErrors.isSendLimit(failure)
                    ? Future.succeededFuture(Result.refused(Refusal.SEND_LIMIT))
                    : Future.failedFuture(failure));
  }

  private Future<Result<Appended>> answer(AppendItem item, Outcome outcome) {
    return switch (outcome) {
      case Stored stored ->
          Future.succeededFuture(Result.done(Appended.stored(stored.item(), stored.encoded())));
      case StoredBefore before ->
          items.replay(item.conversation(), item.author().id(), before.seq());
      case StoredUnseen unseen -> publishAsItIs(item, unseen);
      case Refused refused -> Future.succeededFuture(Result.refused(refused.reason()));
    };
  }

  // between the two attempts somebody may have changed it, and its deliveries may have moved on
  private Future<Result<Appended>> publishAsItIs(AppendItem item, StoredUnseen unseen) {
    return items
        .stored(item.conversation(), unseen.seq())
        .onFailure(unread -> database.reportUnknownOutcome())
        .map(
            stored -> {
              publisher.created(stored.at(unseen.rev()));
              return Result.done(Appended.stored(stored, JsonBytes.of(stored)));
            });
  }

  private sealed interface Outcome {}

  private record Stored(Item item, Buffer encoded) implements Outcome {}

  private record StoredBefore(long seq) implements Outcome {}

  /**
   * An earlier attempt of this request stored it under {@code rev}; its reply was lost, and nobody
   * has published it.
   */
  private record StoredUnseen(long seq, long rev) implements Outcome {}

  private record Refused(Refusal reason) implements Outcome {}

  private final class AppendStatement implements LaneStatement<AppendItem, Outcome> {
    private final LastPublished lastPublished = new LastPublished();

    @Override
    public long conversation(AppendItem request) {
      return request.conversation();
    }

    @Override
    public String sql(int size) {
      return AppendSql.call(size);
    }

    @Override
    public Tuple parameters(List<AppendItem> requests, boolean wait) {
      return AppendSql.parameters(requests, wait);
    }

    @Override
    public @Nullable Outcome result(AppendItem request, Row row, boolean doubtful) {
      return switch (row.getString("outcome")) {
        case "stored" -> stored(request, row);
        case "replayed" ->
            doubtful && lastPublished.isBefore(request.conversation(), row.getLong("seq"))
                ? storedUnseen(request, row)
                : new StoredBefore(row.getLong("seq"));
        case "key_reused" -> new Refused(Refusal.KEY_REUSED);
        case "not_member" -> new Refused(Refusal.NOT_THERE);
        case "no_such_item" -> new Refused(Refusal.NO_SUCH_ITEM);
        default -> null;
      };
    }

    private StoredUnseen storedUnseen(AppendItem request, Row row) {
      lastPublished.set(request.conversation(), row.getLong("seq"));
      return new StoredUnseen(row.getLong("seq"), row.getLong("rev"));
    }

    private Stored stored(AppendItem request, Row row) {
      lastPublished.set(request.conversation(), row.getLong("seq"));
      Item item = AppendSql.item(request, row);
      return new Stored(item, JsonBytes.of(item));
    }

    @Override
    public void committed(List<AppendItem> requests, List<Outcome> outcomes) {
      for (Outcome outcome : outcomes) {
        if (outcome instanceof Stored stored) {
          publisher.created(stored.item(), stored.encoded());
        }
      }
    }
  }

  /**
   * The last item that this lane published of each recent conversation. When a connection broke
   * after the commit, the retry finds its item stored; only if that item is newer than this has
   * nobody published it yet.
   */
  private static final class LastPublished {
    private static final int MAX_CONVERSATIONS = 10_000;

    private final Map<Long, Long> seqs =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > MAX_CONVERSATIONS;
          }
        };

    void set(long conversation, long seq) {
      seqs.put(conversation, seq);
    }

    boolean isBefore(long conversation, long seq) {
      Long last = seqs.get(conversation);
      return last == null || last < seq;
    }
  }
}
