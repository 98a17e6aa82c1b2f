package io.parley.live;

import io.parley.api.SocketMount.Visit;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.json.JsonBytes;
import io.parley.json.MalformedText;
import io.parley.live.frame.SockJsFrames;
import io.parley.live.transport.SockJsStream;
import io.parley.live.transport.SockJsTransport;
import io.parley.live.transport.WebSocketTransport;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SockJS (protocol 0.3.3): for clients that speak it, and for networks that let no WebSocket
 * through. A session lives on the loop where it began; its requests come on any.
 */
final class SockJsRoutes {
  /** The sessions of a node, by their ids; clients make these up. */
  static final class Sessions {
    private final Map<String, SockJsTransport> byId = new ConcurrentHashMap<>();
  }

  private static final Pattern PATH =
      Pattern.compile("/eventbus/([^/.]{1,64})/([^/.]{1,128})/([a-z_]{1,20})");
  private static final int MOST_SESSIONS = 100_000;
  private static final long ENTROPY = 1L << 32;

  private final SocketLoop desk;
  private final Sessions sessions;
  private final Set<SockJsTransport> mine = new HashSet<>();

  SockJsRoutes(SocketLoop desk, Sessions sessions) {
    this.desk = desk;
    this.sessions = sessions;
  }

  /** {@code path}: without a slash at its end. */
  void accept(Visit visit, String path) {
    HttpServerRequest request = visit.request();
    if (path.equals("/eventbus")) {
      request
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
      case "websocket" -> desk.upgrade(visit, true);
      case "xhr" -> receive(visit, session, SockJsStream.Kind.POLLING, HttpMethod.POST);
      case "xhr_streaming" -> receive(visit, session, SockJsStream.Kind.STREAMING, HttpMethod.POST);
      case "eventsource" -> receive(visit, session, SockJsStream.Kind.EVENTS, HttpMethod.GET);
      case "xhr_send" -> send(visit, session);
      default -> visit.answer(Problem.notFound());
    }
  }

  private static boolean isNot(Visit visit, HttpMethod wanted) {
    if (wanted.equals(visit.request().method())) {
      return false;
    }
    visit.answer(
        Problem.of(405, "method_not_allowed", "Not like this", "This path takes " + wanted + ".")
            .header("Allow", wanted.name()));
    return true;
  }

  private void receive(Visit visit, String id, SockJsStream.Kind kind, HttpMethod method) {
    if (isNot(visit, method)) {
      return;
    }
    SockJsTransport known = sessions.byId.get(id);
    if (known != null) {
      // a ticket was used when this began
      ifFor(known, visit, () -> receive(visit, kind, known));
    } else if (sessions.byId.size() >= MOST_SESSIONS) {
      visit.answer(Problem.of(503, "unavailable", "Not now", "There are too many sessions."));
    } else {
      desk.admit(visit, guest -> receive(visit, kind, open(visit, guest, id)));
    }
  }

  private void receive(Visit visit, SockJsStream.Kind kind, SockJsTransport session) {
    session.attach(visit.request(), kind, desk.loop());
  }

  /** A session is for whoever began it; it may have said who that is in a frame, and then on. */
  private void ifFor(SockJsTransport session, Visit visit, Runnable next) {
    if (visit.authorization().isEmpty()) {
      next.run();
      return;
    }
    session.execute(
        () -> {
          boolean allowed = session.admits(visit.caller());
          desk.loop()
              .execute(
                  () -> {
                    if (allowed) {
                      next.run();
                    } else {
                      visit.answer(Problem.notFound());
                    }
                  });
        });
  }

  private SockJsTransport open(Visit visit, SessionIdentity guest, String id) {
    SockJsTransport session = new SockJsTransport(desk.loop(), desk.flushes(), id);
    SockJsTransport other = sessions.byId.putIfAbsent(id, session);
    if (other != null) {
      return other;
    }
    mine.add(session);
    session.open(desk.connected(session, visit.id(), guest));
    return session;
  }

  private void send(Visit visit, String id) {
    if (isNot(visit, HttpMethod.POST)) {
      return;
    }
    SockJsTransport session = sessions.byId.get(id);
    if (session == null) {
      visit.answer(Problem.notFound());
      return;
    }
    List<byte[]> messages = new ArrayList<>();
    try {
      messages.addAll(SockJsFrames.parse(visit.body().getBytes()));
      if (messages.stream().anyMatch(each -> each.length > WebSocketTransport.MAX_MESSAGE)) {
        throw new MalformedText(
            "a message may have at most " + WebSocketTransport.MAX_MESSAGE + " bytes");
      }
    } catch (MalformedText malformed) {
      visit.answer(Problem.malformed(malformed.reason()));
      return;
    }
    ifFor(session, visit, () -> session.execute(() -> take(session, messages, visit)));
  }

  private void take(SockJsTransport session, List<byte[]> messages, Visit visit) {
    boolean taken = session.receive(messages);
    desk.loop()
        .execute(
            () ->
                visit.answer(
                    taken
                        ? Answer.noContent()
                        : Problem.of(503, "unavailable", "Not now", "Ask less at a time.")
                            .header("Retry-After", "1")));
  }

  /** Once a second: whoever does not come for their messages is gone. */
  void sweep(long now) {
    List<SockJsTransport> over = new ArrayList<>();
    mine.stream().filter(session -> session.isAbandoned(now)).forEach(over::add);
    for (SockJsTransport session : over) {
      mine.remove(session);
      sessions.byId.remove(session.id(), session);
      session.abandon();
    }
  }
}
