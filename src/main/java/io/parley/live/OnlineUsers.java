package io.parley.live;

import io.parley.bus.Bus;
import io.parley.conversation.ConversationEvents;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.FindLastSeen;
import io.parley.identity.IdentityVerbs.MarkLastSeen;
import io.parley.identity.Party;
import io.parley.live.loop.Loop;
import io.parley.live.session.Presence;
import io.parley.node.NodesAlive;
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
import java.util.UUID;

/**
 * The users with a socket on this node or, by their news, on others, and when the rest was last
 * seen. A user is offline when no node has them; a short absence, as between two pages or while a
 * client changes the node, does not count. Each node tells its own clients. The users of a node
 * that is gone have left. Confined to the event loop of its verticle.
 */
final class OnlineUsers {
  static final long SHORT_ABSENCE_MS = 3_000;
  static final int MAX_PART = 500;

  private static final class User {
    final Party party;
    final Set<UUID> elsewhere = new HashSet<>(0);
    int sockets;
    long leftAt;
    Instant seenAt = Instant.EPOCH;

    /** Whether this node is to store when the user was last seen. */
    boolean stores;

    User(Party party) {
      this.party = party;
    }

    boolean isAbsent() {
      return sockets <= 0 && elsewhere.isEmpty();
    }
  }

  /** What the rest of the node does for it. */
  interface Node {
    /** Tells the clients here that {@code party} came online, or went offline and when. */
    void changed(Party party, boolean online, Optional<Instant> seenAt);

    /** Publishes {@code news} on the other nodes. */
    void publish(NodeUsers news);

    /** Asks the other nodes for all of their users. */
    void askOthers(UUID self);

    /** Stores when accounts were last seen. */
    Future<?> save(Map<Long, Instant> seen);

    /** Returns when accounts were last seen, where that is stored. */
    Future<Map<Long, Instant>> lastSeen(List<Long> accounts);
  }

  /** The node by way of its bus. */
  record BusNode(Loop loop, Bus bus) implements Node {
    @Override
    public void changed(Party party, boolean online, Optional<Instant> seenAt) {
      byte[] event = ConversationEvents.presence(party, online, seenAt, loop.instant());
      bus.publishHere(Presence.TOPIC, new Presence.Changed(party.id(), event));
    }

    @Override
    public void publish(NodeUsers news) {
      bus.publish(NodeUsers.TOPIC, news);
    }

    @Override
    public void askOthers(UUID self) {
      bus.publish(NodeUsers.Wanted.TOPIC, new NodeUsers.Wanted(self));
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
  private final UUID self;
  private final Node node;
  private final Map<Long, User> online = new HashMap<>();
  private Map<Long, Instant> unsaved = new HashMap<>();
  private Set<UUID> others = Set.of();
  private boolean asks;
  private boolean asked;
  private volatile int count;

  OnlineUsers(Loop loop, UUID self, Node node) {
    this.loop = loop;
    this.self = self;
    this.node = node;
  }

  /** A socket opened or ended. */
  Future<Presence.Noted> attend(Presence.Attend attend) {
    User user = user(attend.party(), attend.here());
    int before = user.sockets;
    user.sockets += attend.here() ? 1 : -1;
    user.stores = true;
    if (before <= 0 && user.sockets > 0) {
      node.publish(NodeUsers.came(self, user.party));
    } else if (before > 0 && user.sockets <= 0) {
      node.publish(NodeUsers.left(self, user.party.id()));
    }
    noteAbsence(user);
    return Future.succeededFuture(new Presence.Noted());
  }

  private User user(Party party, boolean comes) {
    User user = online.get(party.id());
    if (user == null) {
      user = new User(party);
      online.put(party.id(), user);
      if (comes) {
        node.changed(party, true, Optional.empty());
      }
    }
    return user;
  }

  private void noteAbsence(User user) {
    if (user.isAbsent()) {
      user.leftAt = loop.now();
      user.seenAt = loop.instant();
    }
  }

  /** News of a node, this one included. */
  void accept(NodeUsers news) {
    if (news.node().equals(self)) {
      return;
    }
    if (news.first()) {
      forget(news.node(), false);
    }
    news.came().forEach(party -> user(party, true).elsewhere.add(news.node()));
    news.left().forEach(account -> left(news.node(), account));
  }

  private void left(UUID from, long account) {
    User user = online.get(account);
    if (user != null && user.elsewhere.remove(from)) {
      noteAbsence(user);
    }
  }

  /** {@code gone}: whether the node is not there any more to store when its users were seen. */
  private void forget(UUID other, boolean gone) {
    for (User user : online.values()) {
      if (user.elsewhere.remove(other)) {
        user.stores |= gone;
        noteAbsence(user);
      }
    }
  }

  /** Other nodes appeared or are gone, or news may have been missed. */
  void accept(NodesAlive alive) {
    others.stream()
        .filter(each -> !alive.others().contains(each))
        .forEach(each -> forget(each, true));
    asks |= alive.missed() || !others.containsAll(alive.others());
    others = Set.copyOf(alive.others());
  }

  /** A node asks for all users. */
  void accept(NodeUsers.Wanted wanted) {
    asked |= !wanted.node().equals(self);
  }

  /** Called once a second. */
  void sweep() {
    exchange();
    for (User user : removeAbsent()) {
      if (user.stores) {
        unsaved.put(user.party.id(), user.seenAt);
      }
      node.changed(user.party, false, Optional.of(user.seenAt));
    }
    save();
    count = (int) online.values().stream().filter(user -> user.sockets > 0).count();
  }

  // once a second at most, however many have asked
  private void exchange() {
    if (asks) {
      asks = false;
      node.askOthers(self);
    }
    if (asked) {
      asked = false;
      List<Party> here =
          online.values().stream()
              .filter(user -> user.sockets > 0)
              .map(user -> user.party)
              .toList();
      for (int from = 0; from == 0 || from < here.size(); from += MAX_PART) {
        List<Party> part = here.subList(from, Math.min(here.size(), from + MAX_PART));
        node.publish(new NodeUsers(self, part, List.of(), from == 0));
      }
    }
  }

  /** How many users are online here, at most a second old. Safe from any thread. */
  int count() {
    return count;
  }

  private List<User> removeAbsent() {
    List<User> absent = new ArrayList<>();
    for (Iterator<User> all = online.values().iterator(); all.hasNext(); ) {
      User user = all.next();
      if (user.isAbsent() && loop.now() - user.leftAt >= SHORT_ABSENCE_MS) {
        all.remove();
        absent.add(user);
      }
    }
    return absent;
  }

  /** Writes when all were last seen: everybody goes offline here. */
  Future<?> stop() {
    online.forEach(
        (account, user) -> {
          if (user.stores) {
            unsaved.put(account, loop.instant());
          }
        });
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
