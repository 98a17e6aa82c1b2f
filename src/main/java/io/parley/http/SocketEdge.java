package io.parley.http;

import io.parley.api.SocketMount;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.identity.ClientAddress;
import io.parley.json.MalformedText;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.util.Optional;

/** The edge of sockets: identifies the caller, then hands the request to the live room. */
final class SocketEdge {
  static final String ROOT = "/eventbus";

  private final RestEdge rest;
  private final ClientConnections connections;
  private final SocketMount sockets;

  SocketEdge(RestEdge rest, ClientConnections connections, SocketMount sockets) {
    this.rest = rest;
    this.connections = connections;
    this.sockets = sockets;
  }

  static boolean isMeant(String path) {
    return path.startsWith(ROOT)
        && (path.length() == ROOT.length() || path.charAt(ROOT.length()) == '/');
  }

  void handle(HttpExchange exchange) throws MalformedText {
    Optional<String> ticket = ticket(exchange.request());
    rest.withCaller(
        exchange,
        caller ->
            rest.withBody(
                exchange,
                caller,
                body -> sockets.accept(new Guest(exchange, body, caller, ticket))));
  }

  private static Optional<String> ticket(HttpServerRequest request) throws MalformedText {
    return request.query() == null
        ? Optional.empty()
        : Optional.ofNullable(PercentEncoding.pairs(request.query()).get("ticket"));
  }

  private final class Guest implements SocketMount.Visit {
    private final HttpExchange exchange;
    private final Buffer body;
    private final Caller caller;
    private final Optional<String> ticket;
    private Runnable departure = () -> {};

    Guest(HttpExchange exchange, Buffer body, Caller caller, Optional<String> ticket) {
      this.exchange = exchange;
      this.body = body;
      this.caller = caller;
      this.ticket = ticket;
    }

    @Override
    public HttpServerRequest request() {
      return exchange.request();
    }

    @Override
    public String id() {
      return exchange.id();
    }

    @Override
    public ClientAddress client() {
      return exchange.source().client();
    }

    @Override
    public Buffer body() {
      return body;
    }

    @Override
    public Caller caller() {
      return caller;
    }

    @Override
    public Optional<String> authorization() {
      return Optional.ofNullable(exchange.request().getHeader(HttpHeaders.AUTHORIZATION));
    }

    @Override
    public Optional<String> ticket() {
      return ticket;
    }

    @Override
    public void answer(Answer answer) {
      exchange.answer(answer);
    }

    @Override
    public Future<NetSocket> upgrade() {
      Optional<Runnable> closed = connections.upgraded(exchange);
      if (closed.isEmpty()) {
        exchange.request().response().headers().clear();
        answer(Problem.unavailable("Too many sockets from your address; close some of them."));
        return Future.failedFuture("too many sockets");
      }
      departure = closed.get();
      return exchange.request().toNetSocket();
    }

    @Override
    public Runnable departure() {
      return departure;
    }
  }
}
