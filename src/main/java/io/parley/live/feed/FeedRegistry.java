package io.parley.live.feed;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The subscribers and the conversation feeds of one event loop, and who belongs to which. */
final class FeedRegistry {
  private final LongObjectMap<Subscriber> subscribers = new LongObjectHashMap<>();
  private final LongObjectMap<ConversationFeed> feeds = new LongObjectHashMap<>();
  private final List<Subscriber> agents = new ArrayList<>();

  @Nullable Subscriber subscriber(long account) {
    return subscribers.get(account);
  }

  @Nullable Subscriber readySubscriber(long account) {
    Subscriber found = subscribers.get(account);
    return found != null && found.isReady() ? found : null;
  }

  /** Whether {@code subscriber} still stands for its account. */
  boolean has(Subscriber subscriber) {
    return subscribers.get(subscriber.account()) == subscriber;
  }

  List<Subscriber> subscribers() {
    return new ArrayList<>(subscribers.values());
  }

  /** The agents that are ready. The list itself: it may shrink while it is being read. */
  List<Subscriber> agents() {
    return agents;
  }

  void add(Subscriber subscriber) {
    subscribers.put(subscriber.account(), subscriber);
  }

  void addAgent(Subscriber subscriber) {
    agents.add(subscriber);
  }

  /** Removes {@code subscriber}, and the feeds that only it has received. */
  void remove(Subscriber subscriber) {
    if (has(subscriber)) {
      subscribers.remove(subscriber.account());
    }
    agents.remove(subscriber);
    for (ConversationFeed feed : subscriber.feeds) {
      feed.members.remove(subscriber);
      if (feed.isUnused()) {
        feeds.remove(feed.id);
      }
    }
    subscriber.feeds.clear();
  }

  int feedCount() {
    return feeds.size();
  }

  @Nullable ConversationFeed feed(long conversation) {
    return feeds.get(conversation);
  }

  /** The feed of {@code conversation}; a new one begins behind {@code rev}. */
  ConversationFeed open(long conversation, long rev) {
    ConversationFeed known = feeds.get(conversation);
    if (known == null) {
      known = new ConversationFeed(conversation, rev);
      feeds.put(conversation, known);
    }
    return known;
  }

  void closeIfUnused(ConversationFeed feed) {
    if (feed.isUnused() && feeds.get(feed.id) == feed) {
      feeds.remove(feed.id);
    }
  }

  /** Adds a member that {@code feed} does not have yet; all later events reach it. */
  void join(Subscriber subscriber, ConversationFeed feed) {
    feed.members.add(subscriber);
    subscriber.feeds.add(feed);
    // its last member may have left, and closed it, while its events were being delivered
    feeds.put(feed.id, feed);
  }

  void leave(Subscriber subscriber, ConversationFeed feed) {
    if (feed.members.remove(subscriber)) {
      subscriber.feeds.remove(feed);
      if (feed.isUnused()) {
        feeds.remove(feed.id);
      }
    }
  }

  boolean isMember(long account, long conversation) {
    ConversationFeed feed = feeds.get(conversation);
    Subscriber subscriber = subscribers.get(account);
    return feed != null && subscriber != null && feed.members.contains(subscriber);
  }
}
