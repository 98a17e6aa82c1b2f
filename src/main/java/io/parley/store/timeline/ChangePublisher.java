package io.parley.store.timeline;

import io.parley.bus.Bus;
import io.parley.channel.DeliveriesDue;
import io.parley.conversation.ConversationEvents;
import io.parley.json.JsonBytes;
import io.parley.timeline.Channel;
import io.parley.timeline.Delivery;
import io.parley.timeline.Item;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Publishes what transactions changed. Call it after the commit, never before. */
public final class ChangePublisher {
  private final Bus bus;
  private final LongConsumer onChange;

  /** {@code onChange} receives the conversation of every change on this node. */
  public ChangePublisher(Bus bus, LongConsumer onChange) {
    this.bus = bus;
    this.onChange = onChange;
  }

  public void changed(TimelineChanged change) {
    bus.publish(TimelineChanged.TOPIC, change);
    onChange.accept(change.conversation());
  }

  /** A new item was stored. It is encoded once, for its event and for the answer to its author. */
  public Appended created(Item item) {
    Buffer encoded = JsonBytes.of(item);
    created(item, encoded);
    return Appended.stored(item, encoded);
  }

  void created(Item item, Buffer encoded) {
    changed(ConversationEvents.itemCreated(item, encoded));
    deliveriesDue(item.routing().deliveries().stream().map(Delivery::channel).toList());
  }

  /** Deliveries of these channels can be claimed. */
  public void deliveriesDue(List<Channel> channels) {
    Stream<Channel> routes = channels.stream().map(Channel::route).distinct();
    routes.forEach(route -> bus.publish(DeliveriesDue.TOPIC, new DeliveriesDue(route)));
  }
}
