package io.parley.cluster;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What arrives from peers: verified, understood, each event once, and what is missing. Time is an
 * argument; confined to one thread.
 */
final class NewsInbox {
  /** A message that is older than this, or this far ahead, may be a copy of an old one. */
  static final long MAX_CLOCK_SKEW_MS = 60_000;

  static final long FORGET_MS = 60_000;

  /** A peer that has been heard. */
  private static final class Peer {
    final PeerNumbers numbers = new PeerNumbers();
    String address = "";
    long heardAt;
  }

  /** Publishes an event on this node. */
  @FunctionalInterface
  interface Output {
    void publish(String topic, byte[] event);
  }

  private final UUID self;
  private final NewsSeal seal;
  private final NewsListener listener;
  private final Output output;
  private final Map<UUID, Peer> peers = new HashMap<>();

  NewsInbox(UUID self, NewsSeal seal, NewsListener listener, Output output) {
    this.self = self;
    this.seal = seal;
    this.listener = listener;
    this.output = output;
  }

  /** {@code now} by the clock of this machine, in milliseconds since the epoch. */
  void accept(byte[] sealed, long now) {
    Optional<NodeMessage> understood = seal.open(sealed).flatMap(NodeMessage::decode);
    if (understood.isEmpty()) {
      return;
    }
    NodeMessage message = understood.get();
    if (!message.node().equals(self) && Math.abs(now - message.sentAt()) <= MAX_CLOCK_SKEW_MS) {
      accept(message, now);
    }
  }

  private void accept(NodeMessage message, long now) {
    Peer peer = peers.computeIfAbsent(message.node(), any -> new Peer());
    publish(message.news(), peer);
    Map<String, Long> numbers = message.numbers();
    if (numbers != null && message.inbox() != null) {
      peer.numbers.heartbeat(numbers);
      peer.address = message.inbox();
      listener.heard(message.node());
    }
    peer.heardAt = now;
    Set<String> gaps = peer.numbers.takeGaps();
    if (!gaps.isEmpty()) {
      listener.missed(message.node(), gaps);
    }
  }

  private void publish(List<NodeMessage.News> news, Peer peer) {
    int received = 0;
    for (NodeMessage.News each : news) {
      if (peer.numbers.accept(each.topic(), each.number())) {
        output.publish(each.topic(), each.event());
        received++;
      }
    }
    if (received > 0) {
      listener.received(received);
    }
  }

  /** The addresses of the peers that are heard. */
  List<String> addresses(long now) {
    peers.values().removeIf(peer -> now - peer.heardAt > FORGET_MS);
    return peers.values().stream()
        .map(peer -> peer.address)
        .filter(address -> !address.isEmpty())
        .toList();
  }
}
