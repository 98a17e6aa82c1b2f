package io.parley.live.session;

import io.parley.live.feed.FeedListener;
import io.parley.live.feed.PausedFeeds;
import io.parley.live.feed.Subscriber;
import io.parley.live.feed.Subscriptions;
import io.parley.live.frame.SharedFrame;
import io.vertx.core.Future;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The events of one client: its subscription, and the feeds that are paused for a resume. */
final class Inbox implements FeedListener {
  private final Subscriptions subscriptions;
  private final Client client;
  private @Nullable Subscriber subscriber;
  private @Nullable PausedFeeds paused;

  Inbox(Subscriptions subscriptions, Client client) {
    this.subscriptions = subscriptions;
    this.client = client;
  }

  boolean isSubscribed() {
    return subscriber != null;
  }

  /** Subscribes as the caller that the client is by the time the subscription is ready. */
  Future<Void> subscribe() {
    return subscriptions.subscribe(this, client.caller()).compose(this::loaded);
  }

  private Future<Void> loaded(Subscriber loaded) {
    if (!client.isClosed() && loaded.isFor(client.caller())) {
      subscriber = loaded;
      return Future.succeededFuture();
    }
    subscriptions.unsubscribe(this, loaded);
    return client.isClosed() ? Future.succeededFuture() : subscribe();
  }

  void unsubscribe() {
    Subscriber left = subscriber;
    if (left != null) {
      subscriber = null;
      subscriptions.unsubscribe(this, left);
    }
  }

  /** The revs of the client's conversations, if they have been loaded in this very turn. */
  Map<Long, Long> loadedRevs() {
    return subscriber == null ? Map.of() : subscriber.loadedRevs();
  }

  PausedFeeds paused() {
    if (paused == null) {
      paused = new PausedFeeds();
    }
    return paused;
  }

  /** Forgets which feeds were paused: the client has become somebody else. */
  void clearPaused() {
    paused = null;
  }

  @Override
  public void event(long conversation, long rev, SharedFrame frame) {
    if (client.isClosed() || (paused != null && paused.withholds(conversation, rev, frame))) {
      return;
    }
    client.send(frame);
  }

  @Override
  public void ephemeral(SharedFrame frame) {
    if (!client.isClosed() && subscriber != null) {
      client.send(frame);
    }
  }

  /** Sends an event that was kept while its feed was paused. */
  void sendKept(byte[] event) {
    SharedFrame frame = new SharedFrame(event);
    ephemeral(frame);
    frame.release();
  }

  @Override
  public boolean isUpToDate(long conversation) {
    return paused == null || !paused.isPaused(conversation);
  }

  @Override
  public boolean isClosed() {
    return client.isClosed();
  }

  @Override
  public void disconnect(int code, String reason) {
    client.disconnect(code, reason);
  }
}
