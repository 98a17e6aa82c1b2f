package io.parley.live;

import io.parley.bus.Bus;
import io.parley.conversation.ConversationEvents;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.FindLastSeen;
import io.parley.identity.IdentityVerbs.MarkLastSeen;
import io.parley.identity.Party;
import io.parley.live.loop.Loop;
import io.parley.live.session.Presence;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The users with a socket on this node, and when the others were last seen. Publishes who comes
 * online and goes offline; a short absence, as between two pages, counts as neither. Confined to
 * the event loop of its verticle.
 */
final class OnlineUsers {
  static final long SHORT_ABSENCE_MS = 3_000;

  private static final class User {
    final Party party;
    int sockets;
    long leftAt;
    Instant seenAt = Instant.EPOCH;

    User(Party party) {
      this.party = party;
    }
  }

  /** What the rest of the node does for it. */
  interface Node {
    /** Publishes that {@code party} came online, or went offline and when it was last seen. */
    void changed(Party party, boolean here, Optional<Instant> seenAt);

    /** Stores when accounts were last seen. */
    Future<?> save(Map<Long, Instant> seen);

    /** Returns when accounts were last seen, where that is stored. */
    Future<Map<Long, Instant>> lastSeen(List<Long> accounts);
  }

  /** The node by way of its bus. */
  record BusNode(Loop loop, Bus bus) implements Node {
    @Override
    public void changed(Party party, boolean here, Optional<Instant> seenAt) {
      byte[] event = ConversationEvents.presence(party, here, seenAt, loop.instant());
      bus.publish(Presence.TOPIC, new Presence.Changed(party.id(), event));
    }

    @Override
    public Future<?> save(Map<Long, Instant> seen) {
      return bus.request(IdentityVerbs.MARK_LAST_SEEN, new MarkLastSeen(seen));
    }

    @Override
    public Future<Map<Long, Instant>> lastSeen(List<Long> accounts) {
      return bus.request(IdentityVerbs.FIND_LAST_SEEN, new FindLastSeen(accounts))
          .map(found -> found.seen());
    }
  }

  private final Loop loop;
  private final Node node;
  private final Map<Long, User> online = new HashMap<>();
  private Map<Long, Instant> unsaved = new HashMap<>();
  private volatile int count;

  OnlineUsers(Loop loop, Node node) {
    this.loop = loop;
    this.node = node;
  }

  /** A socket opened or ended. */
  Future<Presence.Noted> attend(Presence.Attend attend) {
    User user = online.get(attend.party().id());
    if (user == null) {
      user = new User(attend.party());
      online.put(attend.party().id(), user);
      if (attend.here()) {
        node.changed(attend.party(), true, Optional.empty());
      }
    }
    user.sockets += attend.here() ? 1 : -1;
    if (user.sockets <= 0) {
      user.leftAt = loop.now();
      user.seenAt = loop.instant();
    }
    return Future.succeededFuture(new Presence.Noted());
  }

  /** Called once a second. */
  void sweep() {
    for (User user : removeAbsent()) {
      unsaved.put(user.party.id(), user.seenAt);
      node.changed(user.party, false, Optional.of(user.seenAt));
    }
    save();
    count = online.size();
  }

  /** How many users are online here, at most a second old. Safe from any thread. */
  int count() {
    return count;
  }

  private List<User> removeAbsent() {
    List<User> absent = new ArrayList<>();
    for (Iterator<User> all = online.values().iterator(); all.hasNext(); ) {
      User user = all.next();
      if (user.sockets <= 0 && loop.now() - user.leftAt >= SHORT_ABSENCE_MS) {
        all.remove();
        absent.add(user);
      }
    }
    return absent;
  }

  /** Writes when all were last seen: everybody goes offline here. */
  Future<?> stop() {
    online.forEach((account, user) -> unsaved.put(account, loop.instant()));
    return save();
  }

  private Future<?> save() {
    if (unsaved.isEmpty()) {
      return Future.succeededFuture();
    }
    Map<Long, Instant> saving = unsaved;
    unsaved = new HashMap<>();
    return node.save(saving).onFailure(failure -> saving.forEach(unsaved::putIfAbsent));
  }

  Future<Presence.State> find(Presence.FindState question) {
    Set<Long> here = new HashSet<>(question.accounts());
    here.retainAll(online.keySet());
    List<Long> away = question.accounts().stream().filter(id -> !here.contains(id)).toList();
    return node.lastSeen(away).map(saved -> new Presence.State(here, withUnsaved(saved, away)));
  }

  private Map<Long, Instant> withUnsaved(Map<Long, Instant> saved, List<Long> accounts) {
    Map<Long, Instant> seen = new HashMap<>(saved);
    for (long account : accounts) {
      Instant newer = unsaved.get(account);
      if (newer != null) {
        seen.put(account, newer);
      }
    }
    return seen;
  }
}
