package io.parley.cluster;

import io.parley.bus.Bus;
import io.parley.cluster.NewsOutbox.Outgoing;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the news of this node to its peers, and takes theirs, over the event bus of the cluster.
 * Heartbeats are published at one address that all nodes share; they name the address at which
 * their sender takes news. News are sent to each peer by itself, because only so is known how much
 * waits for it: what a peer does not take in time is dropped for that peer alone. Everything that
 * was published while the last message was being made shares the next one.
 */
final class NewsExchange extends VerticleBase {
  static final long HEARTBEAT_MS = 250;
  static final int MAX_UNSENT_BYTES = 4 << 20;
  static final int MAX_EVENTS = 200;

  private static final Logger LOG = LoggerFactory.getLogger(NewsExchange.class);
  private static final String HEARTBEATS = "parley.heartbeats";
  private static final int MAX_MESSAGE_BYTES = NewsSeal.MAX_BYTES / 2;

  private final UUID node;
  private final NewsSeal seal;
  private final NewsOutbox outbox;
  private final NewsInbox inbox;
  private final InstantSource clock;
  private final String address = "parley.news." + UUID.randomUUID();
  private final Map<String, Long> unsent = new HashMap<>();
  private List<String> peers = List.of();

  NewsExchange(UUID node, NewsSeal seal, NewsOutbox outbox, NewsInbox inbox, InstantSource clock) {
    this.node = node;
    this.seal = seal;
    this.outbox = outbox;
    this.inbox = inbox;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    Context loop = context;
    vertx.setPeriodic(1, HEARTBEAT_MS, tick -> heartbeat());
    outbox.open(() -> loop.runOnContext(woken -> sendNext()));
    return Future.all(listen(HEARTBEATS), listen(address));
  }

  @Override
  public Future<?> stop() {
    outbox.close();
    return Future.succeededFuture();
  }

  private Future<Void> listen(String at) {
    return vertx.eventBus().<Buffer>consumer(at, message -> accept(message.body())).completion();
  }

  private void accept(Object body) {
    // anyone who reaches the port can send anything
    if (body instanceof Buffer sealed && sealed.length() <= NewsSeal.MAX_BYTES) {
      try {
        inbox.accept(sealed.getBytes(), clock.millis());
      } catch (RuntimeException failure) {
        LOG.atWarn().setCause(failure).log("News of another node could not be taken");
      }
    }
  }

  private void heartbeat() {
    peers = inbox.addresses(clock.millis());
    unsent.keySet().retainAll(peers);
    NodeMessage message = NodeMessage.heartbeat(node, clock.millis(), outbox.numbers(), address);
    vertx.eventBus().publish(HEARTBEATS, Buffer.buffer(seal.seal(message.encode())));
  }

  private void sendNext() {
    List<Outgoing> events = outbox.take(MAX_EVENTS);
    if (events.isEmpty()) {
      return;
    }
    List<NodeMessage.News> news = new ArrayList<>(events.size());
    int bytes = 0;
    for (Outgoing each : events) {
      byte[] event = Bus.encode(each.event());
      if (bytes + event.length > MAX_MESSAGE_BYTES) {
        send(news);
        news = new ArrayList<>();
        bytes = 0;
      }
      news.add(new NodeMessage.News(each.topic(), each.number(), event));
      bytes += event.length;
    }
    send(news);
    // what was published meanwhile
    context.runOnContext(later -> sendNext());
  }

  private void send(List<NodeMessage.News> news) {
    if (news.isEmpty() || peers.isEmpty()) {
      return;
    }
    byte[] sealed = seal.seal(NodeMessage.news(node, clock.millis(), news).encode());
    peers.forEach(peer -> send(peer, Buffer.buffer(sealed)));
  }

  private void send(String peer, Buffer sealed) {
    long waiting = unsent.getOrDefault(peer, 0L);
    if (waiting + sealed.length() > MAX_UNSENT_BYTES) {
      return;
    }
    unsent.put(peer, waiting + sealed.length());
    vertx
        .eventBus()
        .sender(peer)
        .write(sealed)
        .onComplete(
            (sent, failure) ->
                context.runOnContext(
                    done ->
                        unsent.computeIfPresent(
                            peer, (any, all) -> Math.max(0, all - sealed.length()))));
  }
}
