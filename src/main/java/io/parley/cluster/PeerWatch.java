package io.parley.cluster;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Decides when events of other nodes may have been missed. A peer is in the table of nodes, or not;
 * it is heard, or silent. Its silence is doubted when it begins, again and again while it lasts,
 * and when it ends; so is a gap in its news, and everything when it leaves the table. So even nodes
 * that never hear each other miss nothing for longer than {@link #REPEAT_MS} and a moment.
 *
 * <p>Doubts of one moment become one, after a random delay: otherwise all nodes would ask the
 * database at once when one of them has died. Time is an argument; confined to one thread.
 */
final class PeerWatch {
  static final long SILENCE_MS = 800;
  static final long REPEAT_MS = 1_500;
  static final long MAX_DELAY_MS = 100;

  /** How long a commit may have taken that began before the moment of the doubt. */
  static final long MARGIN_MS = 5_000;

  /** How late a peer's row may be seen. */
  static final long UNSEEN_MS = 3_000;

  /** Events of the last {@code ageMs} may be missing. */
  @FunctionalInterface
  interface Output {
    void eventsMissed(long ageMs);
  }

  private static final class Peer {
    boolean silent = true;
    long heardAt;

    /** Since then events may be missing. */
    long soundAt;

    long doubtedAt;
  }

  private final RandomGenerator random;
  private final Output output;
  private final Map<UUID, Peer> peers = new HashMap<>();
  private boolean doubting;
  private long doubtDueAt;
  private long doubtSince;

  PeerWatch(RandomGenerator random, Output output) {
    this.random = random;
    this.output = output;
  }

  /** The other nodes that are alive by the table. */
  void present(Set<UUID> nodes, long now) {
    for (UUID node : nodes) {
      if (!peers.containsKey(node)) {
        Peer peer = new Peer();
        peer.heardAt = now - SILENCE_MS - 1;
        peer.soundAt = now - UNSEEN_MS;
        peers.put(node, peer);
        doubt(peer, now);
      }
    }
    Set<UUID> gone = new HashSet<>(peers.keySet());
    gone.removeAll(nodes);
    for (UUID node : gone) {
      Peer peer = peers.remove(node);
      if (peer != null) {
        doubt(peer, now);
      }
    }
  }

  /**
   * A heartbeat of {@code node} arrived; ignored of one that is not in the table. Returns whether
   * it ends a silence.
   */
  boolean heard(UUID node, long now) {
    Peer peer = peers.get(node);
    if (peer == null) {
      return false;
    }
    boolean silent = peer.silent;
    if (silent) {
      doubt(peer, now);
      peer.silent = false;
    }
    peer.heardAt = now;
    peer.soundAt = now;
    return silent;
  }

  /** News of {@code node} were missed. */
  void missed(UUID node, long now) {
    Peer peer = peers.get(node);
    if (peer != null) {
      doubt(peer, now);
    }
  }

  /** The connection with some node has ended, or news could not be taken. */
  void doubtAll(long now) {
    peers.values().forEach(peer -> doubt(peer, now));
  }

  /** Whether {@code node} is in the table, and not heard. */
  boolean isSilent(UUID node) {
    Peer peer = peers.get(node);
    return peer != null && peer.silent;
  }

  /** Called several times a second. */
  void tick(long now) {
    for (Peer peer : peers.values()) {
      boolean silent = now - peer.heardAt > SILENCE_MS;
      if (silent && (!peer.silent || now - peer.doubtedAt >= REPEAT_MS)) {
        peer.silent = true;
        doubt(peer, now);
      }
    }
    if (doubting && now >= doubtDueAt) {
      doubting = false;
      output.eventsMissed(now - doubtSince + MARGIN_MS);
    }
  }

  private void doubt(Peer peer, long now) {
    peer.doubtedAt = now;
    if (!doubting) {
      doubting = true;
      doubtDueAt = now + random.nextLong(MAX_DELAY_MS);
      doubtSince = peer.soundAt;
    }
    doubtSince = Math.min(doubtSince, peer.soundAt);
    // what is committed until the comparison will be found by it
    peer.soundAt = now;
  }
}
