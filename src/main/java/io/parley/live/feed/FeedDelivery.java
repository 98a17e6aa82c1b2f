package io.parley.live.feed;

import io.parley.live.frame.SharedFrame;
import io.parley.timeline.TimelineChanged;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands the events of a feed to its receivers: its members and, for external conversations, every
 * agent. An event is encoded once for all of them.
 */
final class FeedDelivery implements RevOrder.Output {
  private final FeedRegistry registry;
  private final DeliveredMarks marks;

  FeedDelivery(FeedRegistry registry, DeliveredMarks marks) {
    this.registry = registry;
    this.marks = marks;
  }

  @Override
  public void deliver(ConversationFeed feed, TimelineChanged change) {
    for (long account : change.joined()) {
      Subscriber subscriber = registry.readySubscriber(account);
      if (subscriber != null && !feed.members.contains(subscriber)) {
        registry.join(subscriber, feed);
      }
    }
    feed.rev = change.rev();
    marks.delivered(feed);
    SharedFrame frame = new SharedFrame(change.event());
    send(feed, change.rev(), frame);
    frame.release();
    for (long account : change.left()) {
      Subscriber subscriber = registry.subscriber(account);
      if (subscriber != null) {
        registry.leave(subscriber, feed);
      }
    }
  }

  // backwards: a subscriber whose last socket is too slow removes itself meanwhile
  private void send(ConversationFeed feed, long rev, SharedFrame frame) {
    for (int i = feed.members.size() - 1; i >= 0; i--) {
      feed.members.get(i).event(feed.id, rev, frame);
    }
    List<Subscriber> agents = registry.agents();
    for (int i = feed.external ? agents.size() - 1 : -1; i >= 0; i--) {
      Subscriber agent = agents.get(i);
      if (!feed.members.contains(agent)) {
        agent.event(feed.id, rev, frame);
      }
    }
  }

  @Override
  public void restart(ConversationFeed feed) {
    receivers(feed).forEach(ConversationFeed.Member::reconnect);
  }

  @Override
  public void closeIfUnused(ConversationFeed feed) {
    registry.closeIfUnused(feed);
  }

  /** Delivers an event without a rev to all receivers of {@code feed}, one account aside. */
  void deliverEphemeral(ConversationFeed feed, long exceptAccount, byte[] event) {
    deliverEphemeral(receivers(feed), exceptAccount, event);
  }

  /** The same, to every agent. */
  void deliverEphemeralToAgents(long exceptAccount, byte[] event) {
    deliverEphemeral(List.copyOf(registry.agents()), exceptAccount, event);
  }

  private List<ConversationFeed.Member> receivers(ConversationFeed feed) {
    List<ConversationFeed.Member> receivers = new ArrayList<>(feed.members);
    if (feed.external) {
      registry.agents().stream()
          .filter(agent -> !feed.members.contains(agent))
          .forEach(receivers::add);
    }
    return receivers;
  }

  private static void deliverEphemeral(
      List<? extends ConversationFeed.Member> receivers, long exceptAccount, byte[] event) {
    SharedFrame frame = new SharedFrame(event);
    for (ConversationFeed.Member receiver : receivers) {
      if (receiver.account() != exceptAccount) {
        receiver.ephemeral(frame);
      }
    }
    frame.release();
  }
}
