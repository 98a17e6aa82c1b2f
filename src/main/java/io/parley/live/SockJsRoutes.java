package io.parley.live;

import io.parley.api.SocketMount.Visit;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.json.JsonBytes;
import io.parley.json.MalformedText;
import io.parley.live.frame.SockJsFrames;
import io.parley.live.loop.VertxLoop;
import io.parley.live.session.SessionCredentials;
import io.parley.live.transport.FlushQueue;
import io.parley.live.transport.SockJsStream;
import io.parley.live.transport.SockJsTransport;
import io.parley.live.transport.Transport;
import io.parley.live.transport.TransportEvents;
import io.parley.live.transport.WebSocketEncoding;
import io.parley.live.transport.WebSocketTransport;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The routes of SockJS (protocol 0.3.3), for clients that speak it and for networks that block
 * WebSockets. A session lives on the event loop where it began; its requests may arrive on any.
 */
final class SockJsRoutes {
  /** The HTTP sessions of a node by the ids that clients make up. Safe from any thread. */
  static final class Sessions {
    private final Map<String, SockJsTransport> byId = new ConcurrentHashMap<>();
  }

  /** The event loop that opens sockets. */
  interface Host {
    /** Turns {@code visit} into a WebSocket, or answers why not. */
    void upgrade(Visit visit, WebSocketEncoding encoding);

    /** Passes on the credentials of {@code visit}, redeeming its ticket; or refuses it. */
    void admit(Visit visit, Consumer<SessionCredentials> next);

    /** Opens a session over {@code transport}. */
    TransportEvents open(Transport transport, String id, SessionCredentials credentials);
  }

  private static final Pattern PATH =
      Pattern.compile("/eventbus/([^/.]{1,64})/([^/.]{1,128})/([a-z_]{1,20})");
  private static final int MAX_SESSIONS = 100_000;
  private static final long UNKNOWN_MS = 1_000;
  private static final long ENTROPY = 1L << 32;

  private final VertxLoop loop;
  private final FlushQueue flushes;
  private final Host host;
  private final Sessions sessions;

  /** The sessions that began on this loop. */
  private final Set<SockJsTransport> own = new HashSet<>();

  SockJsRoutes(VertxLoop loop, FlushQueue flushes, Host host, Sessions sessions) {
    this.loop = loop;
    this.flushes = flushes;
    this.host = host;
    this.sessions = sessions;
  }

  /** {@code path}: without a trailing slash. */
  void accept(Visit visit, String path) {
    if (path.equals("/eventbus")) {
      visit
          .request()
          .response()
          .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=UTF-8")
          .end("Welcome to SockJS!\n");
    } else if (path.equals("/eventbus/info")) {
      info(visit);
    } else {
      Matcher parts = PATH.matcher(path);
      if (parts.matches()) {
        transport(visit, parts.group(2), parts.group(3));
      } else {
        visit.answer(Problem.notFound());
      }
    }
  }

  private static void info(Visit visit) {
    visit.answer(
        Answer.ok(
            JsonBytes.object(
                json -> {
                  json.writeBooleanField("websocket", true);
                  json.writeBooleanField("cookie_needed", false);
                  json.writeArrayFieldStart("origins");
                  json.writeString("*:*");
                  json.writeEndArray();
                  json.writeNumberField("entropy", ThreadLocalRandom.current().nextLong(ENTROPY));
                })));
  }

  private void transport(Visit visit, String session, String transport) {
    switch (transport) {
      case "websocket" -> host.upgrade(visit, WebSocketEncoding.SOCK_JS);
      case "xhr" -> receive(visit, session, SockJsStream.Kind.POLLING, HttpMethod.POST);
      case "xhr_streaming" -> receive(visit, session, SockJsStream.Kind.STREAMING, HttpMethod.POST);
      case "eventsource" -> receive(visit, session, SockJsStream.Kind.EVENTS, HttpMethod.GET);
      case "xhr_send" -> send(visit, session);
      default -> visit.answer(Problem.notFound());
    }
  }

  private static Problem unavailable(String detail) {
    return Problem.of(503, "unavailable", "Service unavailable", detail);
  }

  /** Returns false after refusing another method than {@code wanted}. */
  private static boolean requireMethod(Visit visit, HttpMethod wanted) {
    if (wanted.equals(visit.request().method())) {
      return true;
    }
    visit.answer(
        Problem.of(
                405,
                "method_not_allowed",
                "Method not allowed",
                "This path accepts " + wanted + " only.")
            .header("Allow", wanted.name()));
    return false;
  }

  /** A request that waits for frames; the first one with an id begins a session. */
  private void receive(Visit visit, String id, SockJsStream.Kind kind, HttpMethod method) {
    if (!requireMethod(visit, method)) {
      return;
    }
    SockJsTransport known = sessions.byId.get(id);
    if (known != null) {
      // no ticket is asked for: it was redeemed when the session began
      ifAdmitted(known, visit, () -> attach(visit, kind, known));
    } else if (sessions.byId.size() >= MAX_SESSIONS) {
      visit.answer(unavailable("Too many sessions."));
    } else {
      host.admit(visit, credentials -> attach(visit, kind, open(visit, credentials, id)));
    }
  }

  private void attach(Visit visit, SockJsStream.Kind kind, SockJsTransport session) {
    session.attach(visit.request(), kind, loop);
  }

  private SockJsTransport open(Visit visit, SessionCredentials credentials, String id) {
    boolean showsCredentials = visit.ticket().isEmpty() && visit.authorization().isPresent();
    SockJsTransport session = new SockJsTransport(loop, flushes, id, showsCredentials);
    SockJsTransport other = sessions.byId.putIfAbsent(id, session);
    if (other != null) {
      return other;
    }
    own.add(session);
    session.open(host.open(session, visit.id(), credentials));
    return session;
  }

  /**
   * Runs {@code next} if the credentials of {@code visit} belong to the session. Without any, the
   * session id is enough, unless the session began with credentials.
   */
  private void ifAdmitted(SockJsTransport session, Visit visit, Runnable next) {
    if (visit.authorization().isEmpty() && !session.needsCredentials()) {
      next.run();
      return;
    }
    session.execute(
        () -> {
          boolean admitted = session.admits(visit.caller());
          loop.execute(
              () -> {
                if (admitted) {
                  next.run();
                } else {
                  visit.answer(Problem.notFound());
                }
              });
        });
  }

  private void send(Visit visit, String id) {
    if (!requireMethod(visit, HttpMethod.POST)) {
      return;
    }
    SockJsTransport session = sessions.byId.get(id);
    if (session == null) {
      // later: a client that guesses ids must not try many
      loop.after(UNKNOWN_MS, () -> visit.answer(Problem.notFound()));
      return;
    }
    try {
      List<byte[]> messages = messages(visit);
      ifAdmitted(session, visit, () -> session.execute(() -> take(session, messages, visit)));
    } catch (MalformedText malformed) {
      visit.answer(Problem.malformed(malformed.reason()));
    }
  }

  private static List<byte[]> messages(Visit visit) throws MalformedText {
    List<byte[]> messages = SockJsFrames.parse(visit.body().getBytes());
    if (messages.stream().anyMatch(each -> each.length > WebSocketTransport.MAX_MESSAGE)) {
      throw new MalformedText(
          "a message must have at most " + WebSocketTransport.MAX_MESSAGE + " bytes");
    }
    return messages;
  }

  private void take(SockJsTransport session, List<byte[]> messages, Visit visit) {
    session.receive(
        messages,
        taken ->
            loop.execute(
                () ->
                    visit.answer(
                        taken
                            ? Answer.noContent()
                            : unavailable("Too many pending requests; retry after 1 s.")
                                .header("Retry-After", "1"))));
  }

  /** Called once a second: ends the sessions whose clients stay away. */
  void sweep() {
    long now = loop.now();
    List<SockJsTransport> abandoned = new ArrayList<>();
    own.stream().filter(session -> session.isAbandoned(now)).forEach(abandoned::add);
    for (SockJsTransport session : abandoned) {
      own.remove(session);
      sessions.byId.remove(session.id(), session);
      session.abandon();
    }
  }
}
