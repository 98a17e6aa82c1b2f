package io.parley.store.conversation;

import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.store.db.Database;
import io.parley.store.db.PeriodicSweeps;
import io.parley.store.timeline.Appender;
import io.parley.store.timeline.ChangePublisher;

/** The endpoints of conversations and their members. */
public final class ConversationEndpoints {
  private static final long SWEEP_MS = 3_000;

  private final Previews previews;
  private final DirectConversations directs;
  private final Groups groups;
  private final Membership membership;
  private final ChangeFeed changes;
  private final Audiences audiences;
  private final DeliveredMarkWriter delivered;
  private final EndedKeyMembers endedKeys;

  public ConversationEndpoints(Database database, Appender appender, ChangePublisher publisher) {
    this.previews = new Previews(database);
    this.directs = new DirectConversations(database, appender, publisher);
    this.groups = new Groups(database, publisher);
    this.membership = new Membership(database);
    this.changes = new ChangeFeed(database, previews);
    this.audiences = new Audiences(database);
    this.delivered = new DeliveredMarkWriter(database);
    this.endedKeys = new EndedKeyMembers(database, groups);
  }

  public void serve(Bus bus, PeriodicSweeps sweeps) {
    bus.serve(ConversationVerbs.FIND_DIRECT, directs::find);
    bus.serve(ConversationVerbs.OPEN_DIRECT, directs::open);
    bus.serve(ConversationVerbs.WRITE_TO, directs::write);
    bus.serve(ConversationVerbs.CREATE_GROUP, groups::create);
    bus.serve(ConversationVerbs.UPDATE_GROUP, groups::update);
    bus.serve(ConversationVerbs.FIND_PREVIEWS, previews::find);
    bus.serve(ConversationVerbs.FIND_PREVIEW, previews::find);
    bus.serve(ConversationVerbs.FIND_MEMBERS, membership::find);
    bus.serve(ConversationVerbs.FIND_CHANGES, changes::find);
    bus.serve(ConversationVerbs.FIND_ALL_CHANGES, changes::find);
    bus.serve(ConversationVerbs.FIND_MISSED, changes::find);
    bus.serve(ConversationVerbs.FIND_AUDIENCE, audiences::find);
    bus.serve(ConversationVerbs.FIND_REVS, audiences::find);
    bus.serve(ConversationVerbs.FIND_EXTERNAL, audiences::find);
    bus.serve(ConversationVerbs.FIND_EXTERNAL_REVS, audiences::find);
    bus.serve(ConversationVerbs.FIND_JOINS, audiences::find);
    bus.serve(ConversationVerbs.FIND_ACTIVE_EXTERNAL, audiences::find);
    bus.serve(ConversationVerbs.MARK_DELIVERED, delivered::mark);
    sweeps.every(SWEEP_MS, "ended keys in groups", endedKeys::sweep);
  }
}
