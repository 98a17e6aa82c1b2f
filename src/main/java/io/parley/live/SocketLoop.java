package io.parley.live;

import io.parley.api.SocketMount;
import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.operations.ConversationRefs;
import io.parley.api.operations.Input;
import io.parley.api.operations.Operations;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.flow.ConcurrencyLimit;
import io.parley.live.feed.Subscriptions;
import io.parley.live.frame.CloseCode;
import io.parley.live.loop.VertxLoop;
import io.parley.live.transport.FlushQueue;
import io.parley.live.transport.Handshake;
import io.parley.live.transport.Transport;
import io.parley.live.transport.WebSocketPipeline;
import io.parley.live.transport.WebSocketTransport;
import io.parley.timeline.EventsMissed;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/** The sockets of one event loop, and what they need. Confined to that loop. */
final class SocketLoop implements SocketMount {
  static final long SWEEP_MS = 1_000;
  static final long UNKNOWN_MS = 10_000;
  static final long SILENCE_MS = 60_000;
  static final long BEAT_MS = 25_000;
  static final long STUCK_MS = 8_000;
  private static final long SAVE_MS = 3_000;
  private static final long LEAVE_MS = 100;
  private static final long AGAIN_MS = 1_000;
  private static final int MOST_RESUMES = 32;

  private final Vertx vertx;
  private final VertxLoop loop;
  private final FlushQueue flushes;
  private final Bus bus;
  private final Operations operations;
  private final Authenticator authenticator;
  private final InstantSource clock;
  private final LiveVerticle.Listener listener;
  private final ConversationRefs refs;
  private final Subscriptions audience;
  private final ConcurrencyLimit resumes = new ConcurrencyLimit(MOST_RESUMES, Integer.MAX_VALUE);
  private final Typing typing;
  private final Presence presence;
  private final SockJsRoutes sockJs;
  private final Set<Session> connections = new HashSet<>();
  private boolean doubtful;
  private boolean leaving;

  /** On the event loop it is for. */
  SocketLoop(
      Vertx vertx,
      Bus bus,
      Operations operations,
      Authenticator authenticator,
      InstantSource clock,
      LiveVerticle.Listener listener,
      SockJsRoutes.Sessions sessions) {
    this.vertx = vertx;
    this.loop = new VertxLoop(vertx, clock);
    this.flushes = new FlushQueue(loop.context().nettyEventLoop());
    this.bus = bus;
    this.operations = operations;
    this.authenticator = authenticator;
    this.clock = clock;
    this.listener = listener;
    this.refs = new ConversationRefs(bus);
    this.audience = new Subscriptions(loop, bus);
    this.typing = new Typing(this);
    this.presence = new Presence(this);
    this.sockJs = new SockJsRoutes(this, sessions);
    bus.subscribe(TimelineChanged.TOPIC, audience::accept);
    bus.subscribe(EventsMissed.TOPIC, doubt -> lookAgain());
    bus.subscribe(Typing.TOPIC, typing::hear);
    bus.subscribe(Presence.TOPIC, presence::hear);
    vertx.setPeriodic(SWEEP_MS, tick -> sweep());
    vertx.setPeriodic(SAVE_MS, tick -> audience.saveMarks());
  }

  Bus bus() {
    return bus;
  }

  VertxLoop loop() {
    return loop;
  }

  FlushQueue flushes() {
    return flushes;
  }

  Operations operations() {
    return operations;
  }

  Subscriptions audience() {
    return audience;
  }

  /** Where those wait who want to catch up, each socket with one question at most. */
  ConcurrencyLimit resumes() {
    return resumes;
  }

  Typing typing() {
    return typing;
  }

  Presence presence() {
    return presence;
  }

  Future<Caller> authenticate(String authorization) {
    return authenticator.authenticate(authorization);
  }

  /** The conversation of {@code caller} with the user of that name, if there is one. */
  Future<Optional<Long>> conversationWith(Caller caller, String name) {
    return refs.perhaps(caller, new Input(Map.of("ref", name), Optional.empty(), ""));
  }

  long now() {
    return loop.now();
  }

  Instant instant() {
    return clock.instant();
  }

  boolean isOver(Optional<Instant> until) {
    return until.isPresent() && !clock.instant().isBefore(until.get());
  }

  <T> void home(Future<T> work, Completable<T> next) {
    loop.whenDone(work, next);
  }

  void after(long millis, Runnable task) {
    loop.after(millis, task);
  }

  void later(Runnable task) {
    after(AGAIN_MS, task);
  }

  @Override
  public void accept(Visit visit) {
    try {
      String asked = visit.request().path();
      String path = asked.endsWith("/") ? asked.substring(0, asked.length() - 1) : asked;
      if (leaving) {
        visit.answer(
            Problem.of(503, "unavailable", "Not now", "This node is leaving.")
                .header("Retry-After", "1"));
      } else if (path.equals("/eventbus/websocket")) {
        upgrade(visit, false);
      } else {
        sockJs.accept(visit, path);
      }
    } catch (RuntimeException failure) {
      visit.answer(Problem.of(failure, visit.id()));
    }
  }

  /** Makes a WebSocket of it, or says what is missing. */
  void upgrade(Visit visit, boolean inSockJs) {
    Optional<Answer> wrong = Handshake.refusal(visit.request());
    if (wrong.isPresent()) {
      visit.answer(wrong.get());
      return;
    }
    admit(visit, guest -> upgrade(visit, guest, inSockJs));
  }

  private void upgrade(Visit visit, SessionIdentity guest, boolean inSockJs) {
    Handshake.accept(visit.request());
    home(
        visit.upgrade().onSuccess(WebSocketPipeline::pauseReads),
        (socket, failure) -> {
          if (failure == null) {
            opened(visit, guest, socket, inSockJs);
          } else {
            visit.departure().run();
          }
        });
  }

  /** Goes on with whom the visitor's ticket was made for; without one, with who they are. */
  void admit(Visit visit, Consumer<SessionIdentity> next) {
    if (visit.ticket().isEmpty()) {
      next.accept(
          new SessionIdentity(
              visit.caller(), visit.authorization().map(shown -> () -> authenticate(shown))));
      return;
    }
    home(
        authenticator.redeem(visit.ticket().get()),
        (caller, failure) -> {
          if (failure == null) {
            next.accept(
                new SessionIdentity(caller, Optional.of(() -> authenticator.again(caller))));
          } else {
            visit.answer(Problem.of(failure, visit.id()));
          }
        });
  }

  private void opened(Visit visit, SessionIdentity guest, NetSocket socket, boolean inSockJs) {
    WebSocketTransport wire = new WebSocketTransport(loop, flushes, inSockJs, visit.departure());
    WebSocketPipeline.install(socket, wire);
    wire.open(connected(wire, visit.id(), guest));
  }

  /** Somebody is here. */
  Session connected(Transport wire, String id, SessionIdentity guest) {
    Session connection = new Session(this, wire, id, guest);
    connections.add(connection);
    listener.sockets(1);
    presence.came(connection);
    return connection;
  }

  void closed(int code) {
    listener.closed(code);
  }

  void left(Session connection) {
    if (connections.remove(connection)) {
      listener.sockets(-1);
      presence.went(connection);
    }
  }

  private void sweep() {
    long now = now();
    for (Session connection : connections.toArray(Session[]::new)) {
      connection.sweep(now);
    }
    typing.sweep(now);
    sockJs.sweep(now);
  }

  /** Credentials of these accounts, or of these logins, may be good no more. From any thread. */
  void doubt(Set<Long> accounts, Set<UUID> logins) {
    loop.execute(
        () ->
            List.copyOf(connections).stream()
                .filter(connection -> connection.caller().dependsOn(accounts, logins))
                .forEach(Session::judgeAgain));
  }

  private void lookAgain() {
    if (!doubtful) {
      doubtful = true;
      tryLookingAgain();
    }
  }

  private void tryLookingAgain() {
    doubtful = false;
    home(
        audience.recoverLosses(),
        (done, failure) -> {
          if (failure != null && !doubtful) {
            doubtful = true;
            later(this::tryLookingAgain);
          }
        });
  }

  @Override
  public Future<Void> leave() {
    leaving = true;
    List.copyOf(connections)
        .forEach(connection -> connection.close(CloseCode.RECONNECT, "this node is leaving"));
    Future<Void> said =
        Future.future(
            done -> vertx.setTimer(connections.isEmpty() ? 1 : LEAVE_MS, tick -> done.complete()));
    // what is being written may have begun before they left
    return said.compose(done -> audience.saveMarks()).compose(done -> audience.saveMarks());
  }
}
