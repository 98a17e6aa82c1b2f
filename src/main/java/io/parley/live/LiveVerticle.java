package io.parley.live;

import io.parley.api.SocketMount;
import io.parley.api.auth.Authenticator;
import io.parley.api.operations.Operations;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationEvents;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.FindSeen;
import io.parley.identity.IdentityVerbs.MarkSeen;
import io.parley.identity.Party;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * What the sockets of a node have in common: who is online, and who was when. Opens a desk for each
 * event loop that accepts sockets.
 */
public final class LiveVerticle extends VerticleBase {
  private static final long SWEEP_MS = 1_000;
  private static final long GONE_MS = 3_000;

  /** Hears of sockets that open and end; must be cheap, and safe from any thread. */
  public interface Listener {
    void sockets(int more);

    /** We ended one. */
    void closed(int code);
  }

  private static final class Attendance {
    final Party party;
    int sockets;
    long leftAt;
    Instant seen = Instant.EPOCH;

    Attendance(Party party) {
      this.party = party;
    }
  }

  private final Bus bus;
  private final Operations operations;
  private final Authenticator authenticator;
  private final InstantSource clock;
  private final Listener listener;
  private final SockJsRoutes.Sessions sessions = new SockJsRoutes.Sessions();
  private final List<SocketLoop> desks = new CopyOnWriteArrayList<>();
  private final Map<Long, Attendance> online = new HashMap<>();
  private Map<Long, Instant> unsaved = new HashMap<>();

  public LiveVerticle(
      Bus bus,
      Operations operations,
      Authenticator authenticator,
      InstantSource clock,
      Listener listener) {
    this.bus = bus;
    this.operations = operations;
    this.authenticator = authenticator;
    this.clock = clock;
    this.listener = listener;
  }

  /** A desk for the event loop this is called on. */
  public SocketMount openDesk(Vertx vertx) {
    SocketLoop desk =
        new SocketLoop(vertx, bus, operations, authenticator, clock, listener, sessions);
    desks.add(desk);
    return desk;
  }

  /** Credentials of these accounts, or of these logins, may be good no more. From any thread. */
  public void doubt(Set<Long> accounts, Set<UUID> logins) {
    desks.forEach(desk -> desk.doubt(accounts, logins));
  }

  @Override
  public Future<?> start() {
    bus.serve(Presence.ATTEND, attend -> note(attend));
    bus.serve(Presence.FIND_STATE, question -> state(question.accounts()));
    vertx.setPeriodic(SWEEP_MS, tick -> sweep());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    online.forEach((account, attendance) -> unsaved.put(account, clock.instant()));
    return save();
  }

  private Future<Presence.Noted> note(Presence.Attend attend) {
    Attendance attendance = online.get(attend.party().id());
    if (attendance == null) {
      attendance = new Attendance(attend.party());
      online.put(attend.party().id(), attendance);
      if (attend.here()) {
        tell(attend.party(), true, Optional.empty());
      }
    }
    attendance.sockets += attend.here() ? 1 : -1;
    if (attendance.sockets <= 0) {
      attendance.leftAt = now();
      attendance.seen = clock.instant();
    }
    return Future.succeededFuture(new Presence.Noted());
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  // whoever comes back at once, from another page or through a tunnel, was not away
  private void sweep() {
    long now = now();
    List<Attendance> gone = new ArrayList<>();
    for (Iterator<Attendance> all = online.values().iterator(); all.hasNext(); ) {
      Attendance each = all.next();
      if (each.sockets <= 0 && now - each.leftAt >= GONE_MS) {
        all.remove();
        gone.add(each);
      }
    }
    for (Attendance each : gone) {
      unsaved.put(each.party.id(), each.seen);
      tell(each.party, false, Optional.of(each.seen));
    }
    save();
  }

  private void tell(Party party, boolean here, Optional<Instant> seen) {
    byte[] event = ConversationEvents.presence(party, here, seen, clock.instant());
    bus.publish(Presence.TOPIC, new Presence.Changed(party.id(), event));
  }

  private Future<?> save() {
    if (unsaved.isEmpty()) {
      return Future.succeededFuture();
    }
    Map<Long, Instant> saving = unsaved;
    unsaved = new HashMap<>();
    return bus.request(IdentityVerbs.MARK_SEEN, new MarkSeen(saving))
        .onFailure(failure -> saving.forEach(unsaved::putIfAbsent));
  }

  private Future<Presence.State> state(List<Long> accounts) {
    Set<Long> here = new HashSet<>(accounts);
    here.retainAll(online.keySet());
    Map<Long, Instant> seen = new HashMap<>();
    List<Long> away = accounts.stream().filter(each -> !here.contains(each)).toList();
    return bus.request(IdentityVerbs.FIND_SEEN, new FindSeen(away))
        .map(
            found -> {
              seen.putAll(found.seen());
              away.forEach(
                  each -> {
                    Instant unwritten = unsaved.get(each);
                    if (unwritten != null) {
                      seen.put(each, unwritten);
                    }
                  });
              return new Presence.State(here, seen);
            });
  }
}
