package io.parley.live;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
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
import io.parley.timeline.EventsMissed;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
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
  private static final long GRACE_MS = 2_000;
  private static final int MOST_RESUMES = 32;
  private static final long BUSY_FLUSHES = 8;
  private static final long LEAST_REST_NANOS = 200_000;
  private static final long MOST_REST_NANOS = 8_000_000;
  private static final int SEND_BUFFER = 64 * 1024;

  private final Vertx vertx;
  private final ContextInternal context;
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
  private final List<Transport> dirty = new ArrayList<>();
  private boolean flushing;
  private long flushedAt = System.nanoTime();
  private long flushTook;
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
    this.context = (ContextInternal) vertx.getOrCreateContext();
    this.bus = bus;
    this.operations = operations;
    this.authenticator = authenticator;
    this.clock = clock;
    this.listener = listener;
    this.refs = new ConversationRefs(bus);
    this.audience = new Subscriptions(this, bus);
    this.typing = new Typing(this);
    this.presence = new Presence(this);
    this.sockJs = new SockJsRoutes(this, sessions);
    bus.subscribe(TimelineChanged.TOPIC, audience::hear);
    bus.subscribe(EventsMissed.TOPIC, doubt -> lookAgain());
    bus.subscribe(Typing.TOPIC, typing::hear);
    bus.subscribe(Presence.TOPIC, presence::hear);
    vertx.setPeriodic(SWEEP_MS, tick -> sweep());
    vertx.setPeriodic(SAVE_MS, tick -> audience.save());
  }

  Bus bus() {
    return bus;
  }

  ContextInternal context() {
    return context;
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

  /** Milliseconds, of a clock that only ever goes on. */
  long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  Instant instant() {
    return clock.instant();
  }

  boolean isOver(Optional<Instant> until) {
    return until.isPresent() && !clock.instant().isBefore(until.get());
  }

  /** Goes on with what came of {@code work} on this event loop, wherever that was done. */
  <T> void home(Future<T> work, Completable<T> next) {
    work.onComplete(
        (value, failure) -> {
          if (Vertx.currentContext() == context) {
            next.complete(value, failure);
          } else {
            context.runOnContext(back -> next.complete(value, failure));
          }
        });
  }

  void after(long millis, Runnable task) {
    vertx.setTimer(millis, tick -> task.run());
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
    Optional<Answer> wrong = Handshake.check(visit.request());
    if (wrong.isPresent()) {
      visit.answer(wrong.get());
      return;
    }
    admit(visit, guest -> upgrade(visit, guest, inSockJs));
  }

  private void upgrade(Visit visit, SessionIdentity guest, boolean inSockJs) {
    Handshake.prepare(visit.request());
    home(
        visit.upgrade().onSuccess(SocketLoop::wait),
        (socket, failure) -> {
          if (failure == null) {
            opened(visit, guest, socket, inSockJs);
          } else {
            visit.departure().run();
          }
        });
  }

  // who was told 101 may speak at once, and until we are in the pipeline nobody would listen
  private static void wait(NetSocket socket) {
    line(socket).channel().config().setAutoRead(false);
  }

  private static ChannelHandlerContext line(NetSocket socket) {
    return ((NetSocketInternal) socket).channelHandlerContext();
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
    ChannelHandlerContext last = line(socket);
    WebSocketTransport wire = new WebSocketTransport(this, context, inSockJs, visit.departure());
    last.channel().config().setOption(ChannelOption.SO_SNDBUF, SEND_BUFFER);
    last.pipeline()
        .addBefore(
            last.name(),
            null,
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .expectMaskedFrames(true)
                    .maxFramePayloadLength(WebSocketTransport.LARGEST)
                    .closeOnProtocolViolation(false)
                    .withUTF8Validator(false)
                    .build()))
        .addBefore(last.name(), null, wire);
    // to the framework it has ended: what it keeps for each connection is more than all of ours
    last.pipeline().context(wire).fireChannelInactive();
    last.pipeline().remove(last.name());
    wire.open(connected(wire, visit.id(), guest));
    last.channel().config().setAutoRead(true);
    last.channel().read();
    if (!last.channel().isActive()) {
      last.channel().close();
    }
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

  /**
   * Flushes {@code wire} when this turn of the loop is over, however much is written until then. A
   * second turn is waited for: what was committed together is published while the first of it is
   * being written, and would else be flushed apart. And whoever has just flushed to many waits as
   * long again as that took: nearly all of the cost is system calls, and what comes meanwhile
   * shares them.
   */
  void flushLater(Transport wire) {
    dirty.add(wire);
    if (!flushing) {
      flushing = true;
      EventLoop loop = context.nettyEventLoop();
      boolean isBusy = System.nanoTime() - flushedAt < BUSY_FLUSHES * flushTook;
      if (isBusy && flushTook > LEAST_REST_NANOS) {
        long rest = Math.min(flushTook, MOST_REST_NANOS);
        var _ = loop.schedule(this::flush, rest, TimeUnit.NANOSECONDS);
      } else {
        loop.execute(() -> loop.execute(this::flush));
      }
    }
  }

  private void flush() {
    flushing = false;
    long began = System.nanoTime();
    for (int i = 0; i < dirty.size(); i++) {
      dirty.get(i).flush();
    }
    dirty.clear();
    flushedAt = System.nanoTime();
    flushTook = flushedAt - began;
  }

  /** Does it even if the other side does not play along. */
  void endSoon(Runnable end) {
    after(GRACE_MS, end);
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
    context.runOnContext(
        here ->
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
        audience.lookAgain(),
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
        .forEach(connection -> connection.close(CloseCode.ELSEWHERE, "this node is leaving"));
    Future<Void> said =
        Future.future(
            done -> vertx.setTimer(connections.isEmpty() ? 1 : LEAVE_MS, tick -> done.complete()));
    // what is being written may have begun before they left
    return said.compose(done -> audience.save()).compose(done -> audience.save());
  }
}
