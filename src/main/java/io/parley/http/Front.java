package io.parley.http;

import io.parley.api.Problem;
import io.parley.http.RouteTable.Found;
import io.parley.http.RouteTable.Nowhere;
import io.parley.http.RouteTable.WrongMethod;
import io.parley.json.MalformedText;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** The first to see a request: origin, then the contract, then the mounts, then the pages. */
final class Front implements Handler<HttpServerRequest> {
  private final RouteTable routes;
  private final RestEdge rest;
  private final FileEdge files;
  private final SocketEdge sockets;
  private final OriginRule origins;
  private final Connections connections;
  private final Handler<HttpServerRequest> pages;

  Front(
      RouteTable routes,
      RestEdge rest,
      FileEdge files,
      SocketEdge sockets,
      OriginRule origins,
      Connections connections,
      Handler<HttpServerRequest> pages) {
    this.routes = routes;
    this.rest = rest;
    this.files = files;
    this.sockets = sockets;
    this.origins = origins;
    this.connections = connections;
    this.pages = pages;
  }

  @Override
  public void handle(HttpServerRequest request) {
    connections.began(request);
    // the end of the answer, or of the connection, whichever comes
    request.response().endHandler(end -> connections.ended(request));
    Exchange exchange = Exchange.of(request);
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (origin != null && !admits(exchange, origin)) {
      return;
    }
    try {
      route(exchange);
    } catch (MalformedText malformed) {
      exchange.answer(Problem.malformed(malformed.reason()));
    } catch (RuntimeException failure) {
      exchange.answer(Problem.of(failure, exchange.id()));
    }
  }

  private void route(Exchange exchange) throws MalformedText {
    HttpServerRequest request = exchange.request();
    String path = path(request);
    if (SocketEdge.isMeant(path)) {
      sockets.handle(exchange);
      return;
    }
    switch (routes.find(request.method().name(), path)) {
      case Found found when found.verb().streamed() ->
          files.handle(exchange, found.verb(), found.pathParameters());
      case Found found -> rest.handle(exchange, found.verb(), found.pathParameters());
      case WrongMethod wrong -> wrongMethod(exchange, wrong);
      case Nowhere nowhere -> pages.handle(request);
    }
  }

  private static String path(HttpServerRequest request) throws MalformedText {
    String path = request.path();
    if (path == null || !path.startsWith("/")) {
      throw new MalformedText("the path must begin with a slash");
    }
    return path;
  }

  private static void wrongMethod(Exchange exchange, WrongMethod wrong) {
    String allowed = String.join(", ", wrong.allowed());
    if (HttpMethod.OPTIONS.equals(exchange.request().method())) {
      exchange.request().response().setStatusCode(204).putHeader(HttpHeaders.ALLOW, allowed).end();
      return;
    }
    exchange.answer(
        Problem.of(405, "method_not_allowed", "Not like this", "This path takes " + allowed + ".")
            .header("Allow", allowed));
  }

  /** Applies the origin rule; answers pre-flight requests of guests itself. */
  private boolean admits(Exchange exchange, String origin) {
    HttpServerRequest request = exchange.request();
    // whatever it is carried by: what looks like reading may open a socket there
    boolean socket = request.path() != null && SocketEdge.isMeant(request.path());
    if (origins.turnsAway(origin, request.method(), socket)) {
      exchange.answer(Problem.forbidden("Pages of " + origin + " may not do this here."));
      return false;
    }
    if (!origins.isGuest(origin)) {
      return true;
    }
    HttpServerResponse response = request.response();
    response
        .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
        .putHeader(HttpHeaders.VARY, "Origin")
        .putHeader(
            HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS,
            "X-Request-Id, Idempotency-Replayed, Retry-After");
    if (socket) {
      // a socket's client sends credentials whether it has any or not
      response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    boolean preflight =
        HttpMethod.OPTIONS.equals(request.method())
            && request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
    if (preflight) {
      response
          .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE")
          .putHeader(
              HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS,
              "Authorization, Content-Type, Idempotency-Key, X-Request-Id")
          .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600")
          .setStatusCode(204)
          .end();
    }
    return !preflight;
  }
}
