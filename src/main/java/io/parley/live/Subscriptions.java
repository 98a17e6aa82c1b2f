package io.parley.live;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindAudience;
import io.parley.conversation.ConversationVerbs.Standing;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who on this event loop hears of which conversations. An entry for each account that listens,
 * whatever number of sockets it does so with; a room for each conversation that anybody here hears.
 *
 * <p>Whoever begins to listen does so when their conversations are known, and not before: what they
 * are then depends on what came in while the database was asked.
 */
final class Subscriptions {
  private static final int MOST_ASKED_AT_ONCE = 200;
  private static final int MOST_UNDER_WAY = 4;
  private static final int MOST_UNHEARD = 1_000;

  /** An account that listens. */
  static final class Entry {
    final long account;
    final boolean agent;
    final List<Session> connections = new ArrayList<>(1);
    final List<ConversationFeed> rooms = new ArrayList<>(0);
    private List<Session> waiting = new ArrayList<>(1);
    private final Promise<Entry> loaded = Promise.promise();
    long cameAt;
    private List<Moved> meanwhile = new ArrayList<>(0);
    private boolean ready;

    /** How far its conversations are, while those are told who waited for it. */
    Map<Long, Long> justRead = Map.of();

    Entry(Caller caller) {
      this.account = caller.party().id();
      this.agent = isAgent(caller);
    }

    boolean isReady() {
      return ready;
    }

    boolean isOf(Caller caller) {
      return account == caller.party().id() && agent == isAgent(caller);
    }
  }

  private record Moved(long conversation, long rev, boolean joined) {}

  private final Bus bus;
  private final SocketLoop desk;
  private final RevOrder gate;
  private final LongObjectMap<Entry> entries = new LongObjectHashMap<>();
  private final LongObjectMap<ConversationFeed> rooms = new LongObjectHashMap<>();
  private final List<Entry> agents = new ArrayList<>();
  private final ArrayDeque<Entry> unasked = new ArrayDeque<>();
  private final DeliveredMarks reach;
  private final ArrayDeque<TimelineChanged> unheard = new ArrayDeque<>();
  private int underWay;

  Subscriptions(SocketLoop desk, Bus bus) {
    this.desk = desk;
    this.bus = bus;
    this.gate = new RevOrder(desk, bus, this);
    this.reach = new DeliveredMarks(desk, bus);
  }

  /** {@code connection} listens as {@code caller} as soon as this is done. */
  Future<Entry> enter(Session connection, Caller caller) {
    long account = caller.party().id();
    Entry known = entries.get(account);
    if (known == null || !known.isOf(caller)) {
      known = new Entry(caller);
      entries.put(account, known);
      unasked.add(known);
      ask();
    }
    (known.ready ? known.connections : known.waiting).add(connection);
    return known.loaded.future();
  }

  /** Whether {@code caller} hears of what is held with people outside. */
  static boolean isAgent(Caller caller) {
    return caller.stopped(Access.AGENT).isEmpty();
  }

  void leave(Session connection, Entry entry) {
    entry.connections.remove(connection);
    if (entry.connections.isEmpty()) {
      reach.left(entry, connection);
      forget(entry);
    }
  }

  private void forget(Entry entry) {
    if (entries.get(entry.account) == entry) {
      entries.remove(entry.account);
    }
    agents.remove(entry);
    entry.rooms.forEach(room -> room.members.remove(entry));
    entry.rooms.stream().filter(ConversationFeed::isEmpty).forEach(room -> rooms.remove(room.id));
    entry.rooms.clear();
    if (agents.isEmpty()) {
      gate.forgetExternal();
    }
  }

  private void ask() {
    while (underWay < MOST_UNDER_WAY && !unasked.isEmpty()) {
      List<Entry> batch = new ArrayList<>();
      while (batch.size() < MOST_ASKED_AT_ONCE && !unasked.isEmpty()) {
        batch.add(unasked.poll());
      }
      underWay++;
      desk.home(
          standings(batch.stream().map(entry -> entry.account).toList()),
          (standings, failure) -> {
            underWay--;
            if (failure == null) {
              batch.forEach(entry -> fill(entry, standings.get(entry.account)));
            } else {
              batch.forEach(entry -> fail(entry, failure));
            }
            hearAgain();
            ask();
          });
    }
  }

  private Future<Map<Long, Standing>> standings(List<Long> accounts) {
    return bus.request(ConversationVerbs.FIND_AUDIENCE, new FindAudience(accounts))
        .map(
            found -> {
              Map<Long, Standing> standings = new HashMap<>();
              found.standings().forEach(each -> standings.put(each.party(), each));
              return standings;
            });
  }

  private void fail(Entry entry, Throwable failure) {
    if (entries.get(entry.account) == entry) {
      entries.remove(entry.account);
    }
    entry.loaded.fail(failure);
  }

  private void fill(Entry entry, @Nullable Standing standing) {
    Map<Long, Long> revs = new HashMap<>();
    for (int i = 0; standing != null && i < standing.conversations().size(); i++) {
      revs.put(standing.conversations().get(i), standing.revs().get(i));
    }
    for (Moved moved : entry.meanwhile) {
      if (moved.rev() <= revs.getOrDefault(moved.conversation(), 0L)) {
        continue;
      }
      if (moved.joined()) {
        revs.put(moved.conversation(), moved.rev());
      } else {
        revs.remove(moved.conversation());
      }
    }
    entry.meanwhile = List.of();
    // all who wait are let in before the first of them hears of it: none of them may find it empty
    entry.waiting.stream().filter(each -> !each.isGone()).forEach(entry.connections::add);
    entry.waiting = List.of();
    entry.ready = true;
    reach.came(entry);
    ((ArrayList<ConversationFeed>) entry.rooms).ensureCapacity(revs.size());
    // others may have been told more than was read, or less
    revs.replaceAll((id, rev) -> Math.max(rev, seat(entry, room(id, rev))));
    if (entry.agent) {
      agents.add(entry);
    }
    entry.justRead = revs;
    entry.loaded.complete(entry);
    entry.justRead = Map.of();
    if (entry.connections.isEmpty()) {
      forget(entry);
    }
  }

  private ConversationFeed room(long conversation, long rev) {
    ConversationFeed known = rooms.get(conversation);
    if (known == null) {
      known = new ConversationFeed(conversation, rev);
      rooms.put(conversation, known);
    }
    return known;
  }

  private static void add(Entry entry, ConversationFeed room) {
    if (!room.members.contains(entry)) {
      long _ = seat(entry, room);
    }
  }

  /** The rev from which on it hears everything. */
  private static long seat(Entry entry, ConversationFeed room) {
    room.members.add(entry);
    entry.rooms.add(room);
    return room.rev;
  }

  /** Something happened somewhere. */
  void hear(TimelineChanged change) {
    change.joined().forEach(account -> moved(account, change, true));
    change.left().forEach(account -> moved(account, change, false));
    ConversationFeed room = rooms.get(change.conversation());
    if (room != null) {
      gate.hear(room, change);
    } else if (change.joined().stream().anyMatch(this::isHere)) {
      gate.begin(room(change.conversation(), 0), change);
    } else {
      hearOutside(change);
    }
  }

  private void hearOutside(TimelineChanged change) {
    if (underWay > 0) {
      if (unheard.size() >= MOST_UNHEARD) {
        unheard.poll();
      }
      unheard.add(change);
    }
    if (!agents.isEmpty()) {
      gate.hearUnknown(change);
    }
  }

  /** What came while the database was asked may be news to those who wait for its answer. */
  private void hearAgain() {
    for (TimelineChanged change : unheard) {
      ConversationFeed room = rooms.get(change.conversation());
      if (room != null) {
        gate.hear(room, change);
      }
    }
    if (underWay == 0) {
      unheard.clear();
    }
  }

  private void moved(long account, TimelineChanged change, boolean joined) {
    Entry entry = entries.get(account);
    if (entry != null && !entry.ready) {
      entry.meanwhile.add(new Moved(change.conversation(), change.rev(), joined));
    }
  }

  private boolean isHere(long account) {
    Entry entry = entries.get(account);
    return entry != null && entry.ready;
  }

  /** Tells everybody who hears {@code room} of the next change. */
  void tell(ConversationFeed room, TimelineChanged change) {
    for (long account : change.joined()) {
      Entry entry = entries.get(account);
      if (entry != null && entry.ready) {
        add(entry, room);
        // whoever left last took it with them
        rooms.put(room.id, room);
      }
    }
    room.rev = change.rev();
    reach.told(room);
    SharedFrame news = new SharedFrame(change.event());
    // backwards: whoever does not keep up is gone in the middle of it
    for (int i = room.members.size() - 1; i >= 0; i--) {
      tell(room.members.get(i), change, news);
    }
    for (int i = room.external ? agents.size() - 1 : -1; i >= 0; i--) {
      if (!room.members.contains(agents.get(i))) {
        tell(agents.get(i), change, news);
      }
    }
    news.release();
    for (long account : change.left()) {
      remove(entries.get(account), room);
    }
  }

  private static void tell(Entry entry, TimelineChanged change, SharedFrame news) {
    List<Session> connections = entry.connections;
    for (int i = connections.size() - 1; i >= 0; i--) {
      connections.get(i).news(change.conversation(), change.rev(), news);
    }
  }

  private void remove(@Nullable Entry entry, ConversationFeed room) {
    if (entry != null && room.members.remove(entry)) {
      entry.rooms.remove(room);
      if (room.isEmpty()) {
        rooms.remove(room.id);
      }
    }
  }

  /** An agents' room: they hear it without being in it. */
  ConversationFeed openExternal(long conversation) {
    ConversationFeed room = room(conversation, 0);
    room.external = true;
    return room;
  }

  boolean hasRoom(long conversation) {
    return rooms.containsKey(conversation);
  }

  void close(ConversationFeed room) {
    if (room.isEmpty() && rooms.get(room.id) == room) {
      rooms.remove(room.id);
    }
  }

  /** News without a rev, for all who hear {@code conversation} but {@code except}. */
  void tellAside(long conversation, long except, byte[] event) {
    ConversationFeed room = rooms.get(conversation);
    if (room == null) {
      if (!agents.isEmpty()) {
        gate.ifExternal(conversation, () -> tellAside(List.copyOf(agents), except, event));
      }
      return;
    }
    List<Entry> heard = new ArrayList<>(room.members);
    if (room.external) {
      agents.stream().filter(agent -> !room.members.contains(agent)).forEach(heard::add);
    }
    tellAside(heard, except, event);
  }

  private static void tellAside(List<Entry> heard, long except, byte[] event) {
    SharedFrame news = new SharedFrame(event);
    for (Entry entry : heard) {
      if (entry.account != except) {
        List.copyOf(entry.connections).forEach(connection -> connection.aside(news));
      }
    }
    news.release();
  }

  /** Whether {@code account} is known here to be in {@code conversation}. */
  boolean isIn(long account, long conversation) {
    ConversationFeed room = rooms.get(conversation);
    Entry entry = entries.get(account);
    return room != null && entry != null && room.members.contains(entry);
  }

  /** {@code account}, who listens, was told of {@code conversation} up to {@code rev}. */
  void caughtUp(long account, long conversation, long rev) {
    reach.told(account, conversation, rev);
  }

  /** Writes down how far everybody has been told. */
  Future<Void> save() {
    return reach.save();
  }

  /** How far those who hear it have been told; 0 if nobody here does. */
  long rev(long conversation) {
    ConversationFeed room = rooms.get(conversation);
    return room == null ? 0 : room.rev;
  }

  /** The sockets of everybody who hears {@code room} have to begin anew: too much is missing. */
  void startOver(ConversationFeed room) {
    List<Entry> heard = new ArrayList<>(room.members);
    if (room.external) {
      heard.addAll(agents);
    }
    heard.forEach(this::startOver);
  }

  private void startOver(Entry entry) {
    List.copyOf(entry.connections)
        .forEach(connection -> connection.close(CloseCode.ELSEWHERE, "come again"));
  }

  /** News may have been lost: compares what is known here with what is there. */
  Future<Void> lookAgain() {
    List<Entry> all = new ArrayList<>(entries.values());
    if (!gate.isWithoutExternal()) {
      List.copyOf(agents).forEach(this::startOver);
    }
    // those who are being asked for may have been asked for too early
    List<Entry> awaited = all.stream().filter(entry -> !entry.ready).toList();
    return Future.join(awaited.stream().map(entry -> entry.loaded.future()).toList())
        .otherwiseEmpty()
        .compose(known -> lookAgain(all, 0));
  }

  private Future<Void> lookAgain(List<Entry> all, int from) {
    if (from >= all.size()) {
      return Future.succeededFuture();
    }
    List<Entry> batch = all.subList(from, Math.min(all.size(), from + MOST_ASKED_AT_ONCE));
    return standings(batch.stream().map(entry -> entry.account).toList())
        .compose(
            standings -> {
              batch.forEach(entry -> compare(entry, standings.get(entry.account)));
              return lookAgain(all, from + batch.size());
            });
  }

  private void compare(Entry entry, @Nullable Standing standing) {
    if (!entry.ready || entries.get(entry.account) != entry) {
      return;
    }
    List<Long> conversations = standing == null ? List.of() : standing.conversations();
    boolean same = entry.rooms.size() == conversations.size();
    for (int i = 0; standing != null && i < conversations.size(); i++) {
      ConversationFeed room = rooms.get(conversations.get(i));
      if (room == null || !room.members.contains(entry)) {
        same = false;
      } else if (standing.revs().get(i) > room.rev) {
        gate.miss(room);
      }
    }
    if (!same) {
      startOver(entry);
    }
  }
}
