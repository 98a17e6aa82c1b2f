package io.parley.store.timeline;

import io.parley.bus.Bus;
import io.parley.settings.DatabaseSettings;
import io.parley.store.db.Database;
import io.parley.timeline.TimelineVerbs;
import io.vertx.core.Vertx;

/** The endpoints of the timeline, and what other rooms of the store need to append to it. */
public final class TimelineEndpoints {
  private final ItemReads items;
  private final Appender appender;
  private final ReadMarks marks;
  private final ItemEdits edits;
  private final TransferMoves transfers;
  private final ItemReactions reactions;

  public TimelineEndpoints(
      Vertx vertx, Database database, DatabaseSettings settings, ChangePublisher publisher) {
    int lanes = settings.limits().writeLanes();
    int maxWaiting = settings.limits().waitQueue();
    this.items = new ItemReads(database);
    this.appender = new Appender(vertx, database, items, lanes, maxWaiting, publisher);
    this.marks = new ReadMarks(vertx, database, lanes, maxWaiting, publisher);
    this.edits = new ItemEdits(database, publisher);
    this.transfers = new TransferMoves(database, publisher);
    this.reactions = new ItemReactions(database, publisher);
  }

  public void serve(Bus bus) {
    bus.serve(TimelineVerbs.APPEND_ITEM, appender::append);
    bus.serve(TimelineVerbs.MARK_READ, marks::mark);
    bus.serve(TimelineVerbs.FIND_ITEMS, items::find);
    bus.serve(TimelineVerbs.FIND_ITEM, items::find);
    bus.serve(TimelineVerbs.CHANGE_ITEM, edits::change);
    bus.serve(TimelineVerbs.MOVE_TRANSFER, transfers::move);
    bus.serve(TimelineVerbs.REACT, reactions::react);
  }

  public ItemReads items() {
    return items;
  }

  public Appender appender() {
    return appender;
  }
}
