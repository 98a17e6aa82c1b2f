package io.parley.live;

import io.parley.api.SocketMount;
import io.parley.api.auth.Authenticator;
import io.parley.api.operations.Operations;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.flow.KeyedSlots;
import io.parley.live.feed.RecoverySchedule;
import io.parley.live.feed.Subscriptions;
import io.parley.live.frame.CloseCode;
import io.parley.live.loop.VertxLoop;
import io.parley.live.session.Presence;
import io.parley.live.session.Revocations;
import io.parley.live.session.Session;
import io.parley.live.session.SessionContext;
import io.parley.live.session.SessionCredentials;
import io.parley.live.session.Typing;
import io.parley.live.transport.FlushQueue;
import io.parley.live.transport.Handshake;
import io.parley.live.transport.Transport;
import io.parley.live.transport.TransportEvents;
import io.parley.live.transport.WebSocketEncoding;
import io.parley.live.transport.WebSocketPipeline;
import io.parley.live.transport.WebSocketTransport;
import io.parley.timeline.EventsMissed;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The sockets of one event loop: accepts them, keeps them alive, and ends them when the node stops.
 * Confined to that loop.
 */
final class SocketLoop implements SocketMount, SockJsRoutes.Host, Session.Observer {
  private static final long SWEEP_MS = 1_000;
  private static final long SAVE_MARKS_MS = 3_000;
  private static final long CLOSE_MS = 100;

  private final VertxLoop loop;
  private final Authenticator authenticator;
  private final SocketObserver observer;
  private final FlushQueue flushes;
  private final Subscriptions subscriptions;
  private final RecoverySchedule recovery;
  private final SessionContext context;
  private final SockJsRoutes sockJs;
  private final Set<Session> sessions = new HashSet<>();
  private boolean stopping;
  private volatile LiveCounts counts = LiveCounts.NONE;

  /** To be called on the event loop it is for. */
  SocketLoop(
      Vertx vertx,
      Bus bus,
      Operations operations,
      Authenticator authenticator,
      InstantSource clock,
      SocketObserver observer,
      SockJsRoutes.Sessions sockJsSessions,
      KeyedSlots<Long> socketsByParty) {
    this.loop = new VertxLoop(vertx, clock);
    this.authenticator = authenticator;
    this.observer = observer;
    this.flushes = new FlushQueue(loop.context().nettyEventLoop());
    this.subscriptions = new Subscriptions(loop, bus);
    this.recovery = new RecoverySchedule(loop, subscriptions::recoverLosses);
    this.context =
        new SessionContext(loop, bus, operations, authenticator, subscriptions, socketsByParty);
    this.sockJs = new SockJsRoutes(loop, flushes, this, sockJsSessions);
    bus.subscribe(TimelineChanged.TOPIC, subscriptions::accept);
    bus.subscribe(EventsMissed.TOPIC, missed -> recovery.report(missed.ageMs()));
    bus.subscribe(Typing.TOPIC, context.typing()::deliver);
    bus.subscribe(Presence.TOPIC, context.presence()::deliver);
    vertx.setPeriodic(SWEEP_MS, timer -> sweep());
    vertx.setPeriodic(SAVE_MARKS_MS, timer -> subscriptions.saveMarks());
  }

  @Override
  public void accept(Visit visit) {
    try {
      String asked = visit.request().path();
      String path = asked.endsWith("/") ? asked.substring(0, asked.length() - 1) : asked;
      if (stopping) {
        visit.answer(
            Problem.of(503, "unavailable", "Service unavailable", "This node is shutting down.")
                .header("Retry-After", "1"));
      } else if (path.equals("/eventbus/websocket")) {
        upgrade(visit, WebSocketEncoding.PLAIN);
      } else {
        sockJs.accept(visit, path);
      }
    } catch (RuntimeException failure) {
      visit.answer(Problem.of(failure, visit.id()));
    }
  }

  @Override
  public void upgrade(Visit visit, WebSocketEncoding encoding) {
    Optional<Answer> refusal = Handshake.refusal(visit.request());
    if (refusal.isPresent()) {
      visit.answer(refusal.get());
    } else {
      admit(visit, credentials -> upgrade(visit, credentials, encoding));
    }
  }

  private void upgrade(Visit visit, SessionCredentials credentials, WebSocketEncoding encoding) {
    Handshake.accept(visit.request());
    loop.whenDone(
        visit.upgrade().onSuccess(WebSocketPipeline::pauseReads),
        (socket, failure) -> {
          if (failure == null) {
            openWebSocket(visit, credentials, socket, encoding);
          } else {
            visit.departure().run();
          }
        });
  }

  private void openWebSocket(
      Visit visit, SessionCredentials credentials, NetSocket socket, WebSocketEncoding encoding) {
    WebSocketTransport transport =
        new WebSocketTransport(loop, flushes, encoding, visit.departure());
    WebSocketPipeline.install(socket, transport);
    transport.open(open(transport, visit.id(), credentials));
  }

  @Override
  public void admit(Visit visit, Consumer<SessionCredentials> next) {
    if (visit.ticket().isEmpty()) {
      next.accept(
          new SessionCredentials(
              visit.caller(),
              loop.now() - Revocations.MAX_CHECK_MS,
              visit
                  .authorization()
                  .map(shown -> () -> authenticator.authenticate(shown, visit.client())),
              visit.client()));
      return;
    }
    long since = loop.now();
    loop.whenDone(
        authenticator.redeem(visit.ticket().get()),
        (caller, failure) -> {
          if (failure == null) {
            next.accept(
                new SessionCredentials(
                    caller,
                    since,
                    Optional.of(() -> authenticator.recheck(caller)),
                    visit.client()));
          } else {
            visit.answer(Problem.of(failure, visit.id()));
          }
        });
  }

  @Override
  public TransportEvents open(Transport transport, String id, SessionCredentials credentials) {
    Session session = new Session(context, transport, id, credentials, this);
    sessions.add(session);
    observer.sockets(1);
    session.open();
    return session;
  }

  @Override
  public void closing(int code) {
    observer.closed(code);
  }

  @Override
  public void ended(TransportEvents session) {
    if (sessions.remove(session)) {
      observer.sockets(-1);
    }
  }

  private void sweep() {
    List.copyOf(sessions).forEach(Session::sweep);
    context.typing().sweep();
    sockJs.sweep();
    counts = new LiveCounts(0, subscriptions.conversations(), subscriptions.repaired());
  }

  /** What this loop has counted, at most a second old. Safe from any thread. */
  LiveCounts counts() {
    return counts;
  }

  /** Asks the clients to reconnect elsewhere, and takes no new ones. Safe from any thread. */
  void drain() {
    loop.execute(this::leave);
  }

  /** SessionCredentials of these accounts or logins may have been revoked. Safe from any thread. */
  void recheckCredentials(Set<Long> accounts, Set<UUID> logins) {
    loop.execute(
        () -> {
          context.revocations().add(accounts, logins);
          List.copyOf(sessions).forEach(session -> session.recheckIfAffected(accounts, logins));
        });
  }

  @Override
  public Future<Void> leave() {
    stopping = true;
    long wait = sessions.isEmpty() ? 1 : CLOSE_MS;
    List.copyOf(sessions)
        .forEach(session -> session.disconnect(CloseCode.RECONNECT, "the node is shutting down"));
    Future<Void> closed = Future.future(done -> loop.after(wait, done::complete));
    // twice: a save that is in progress may have begun before the sessions ended
    return closed
        .compose(done -> subscriptions.saveMarks())
        .compose(done -> subscriptions.saveMarks());
  }
}
