package io.parley.live;

import io.parley.api.SocketMount;
import io.parley.api.auth.Authenticator;
import io.parley.api.operations.Operations;
import io.parley.bus.Bus;
import io.parley.flow.Deadline;
import io.parley.flow.DrainingVerticle;
import io.parley.flow.KeyedSlots;
import io.parley.live.loop.VertxLoop;
import io.parley.live.session.Presence;
import io.parley.node.NodesAlive;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the sockets of a node have in common: who is online, and the SockJS sessions. Opens a {@link
 * SocketLoop} for each event loop that accepts sockets.
 */
public final class LiveVerticle extends DrainingVerticle {
  private static final long SWEEP_MS = 1_000;

  private final UUID node;
  private final Bus bus;
  private final Operations operations;
  private final Authenticator authenticator;
  private final InstantSource clock;
  private final SocketObserver observer;
  private final KeyedSlots<Long> socketsByParty;
  private final SockJsRoutes.Sessions sessions = new SockJsRoutes.Sessions();
  private final List<SocketLoop> loops = new CopyOnWriteArrayList<>();
  private volatile @Nullable OnlineUsers online;

  /** {@code node} is the id of this node. */
  public LiveVerticle(
      UUID node,
      Bus bus,
      Operations operations,
      Authenticator authenticator,
      InstantSource clock,
      SocketObserver observer,
      int maxSocketsPerParty) {
    this.node = node;
    this.bus = bus;
    this.operations = operations;
    this.authenticator = authenticator;
    this.clock = clock;
    this.observer = observer;
    this.socketsByParty = new KeyedSlots<>(0, maxSocketsPerParty);
  }

  /** Accepts sockets on the event loop this is called on. */
  public SocketMount openLoop(Vertx vertx) {
    SocketLoop loop =
        new SocketLoop(
            vertx, bus, operations, authenticator, clock, observer, sessions, socketsByParty);
    loops.add(loop);
    return loop;
  }

  /** Credentials of these accounts or logins may have been revoked. Safe from any thread. */
  public void recheckCredentials(Set<Long> accounts, Set<UUID> logins) {
    loops.forEach(loop -> loop.recheckCredentials(accounts, logins));
  }

  /** What is counted here, at most a second old. Safe from any thread. */
  public LiveCounts counts() {
    OnlineUsers users = online;
    LiveCounts counts = new LiveCounts(users == null ? 0 : users.count(), 0, 0);
    for (SocketLoop loop : loops) {
      counts = counts.plus(loop.counts());
    }
    return counts;
  }

  /** Asks all clients to reconnect elsewhere, and takes no new ones. Safe from any thread. */
  public void drainSockets() {
    loops.forEach(SocketLoop::drain);
  }

  @Override
  public Future<?> start() {
    VertxLoop loop = new VertxLoop(vertx, clock);
    OnlineUsers users = new OnlineUsers(loop, node, new OnlineUsers.BusNode(loop, bus));
    online = users;
    bus.serve(Presence.ATTEND, users::attend);
    bus.serve(Presence.FIND_STATE, users::find);
    bus.subscribe(NodeUsers.TOPIC, users::accept);
    bus.subscribe(NodeUsers.Wanted.TOPIC, users::accept);
    bus.subscribe(NodesAlive.TOPIC, users::accept);
    vertx.setPeriodic(SWEEP_MS, timer -> users.sweep());
    return Future.succeededFuture();
  }

  @Override
  protected Future<?> drain(Deadline deadline) {
    return Objects.requireNonNull(online)
        .stop()
        .timeout(deadline.left().toMillis(), TimeUnit.MILLISECONDS);
  }
}
