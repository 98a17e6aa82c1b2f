package io.parley.store.external;

import io.parley.bus.Bus;
import io.parley.channel.ChannelVerbs;
import io.parley.store.db.Database;
import io.parley.store.db.PeriodicSweeps;
import io.parley.store.timeline.Appender;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.ItemReads;

/** The endpoints of conversations with external participants. */
public final class ExternalEndpoints {
  private static final long SWEEP_MS = 60_000;

  private final ExternalMessages messages;
  private final SenderAddresses senders;
  private final ReceivedIds received;

  public ExternalEndpoints(
      Database database, Appender appender, ItemReads items, ChangePublisher publisher) {
    this.messages = new ExternalMessages(database, appender, items, publisher);
    this.senders = new SenderAddresses(database);
    this.received = new ReceivedIds(database);
  }

  public void serve(Bus bus, PeriodicSweeps sweeps) {
    bus.serve(ChannelVerbs.SEND_MESSAGE, messages::send);
    bus.serve(ChannelVerbs.RECEIVE_MESSAGE, messages::receive);
    bus.serve(ChannelVerbs.FIND_SENDER, senders::find);
    bus.serve(ChannelVerbs.FIND_OUTSIDE, senders::findOutside);
    sweeps.drainEvery(SWEEP_MS, "old ids of received messages", received::sweep);
  }
}
