package io.parley.http;

import io.parley.api.problem.Problem;
import io.parley.http.RequestSource.Route;
import io.parley.http.RouteTable.Found;
import io.parley.http.RouteTable.Nowhere;
import io.parley.http.RouteTable.WrongMethod;
import io.parley.json.MalformedText;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.Optional;

/** The first handler of every request: checks the origin, then routes to an edge or a page. */
final class FrontHandler implements Handler<HttpServerRequest> {
  private static final CharSequence SEC_FETCH_SITE = HttpHeaders.createOptimized("Sec-Fetch-Site");

  private final RouteTable routes;
  private final RestEdge rest;
  private final FileEdge files;
  private final SocketEdge sockets;
  private final OriginRule origins;
  private final ForwardingRule forwarding;
  private final ClientConnections connections;
  private final Pages pages;

  FrontHandler(
      RouteTable routes,
      RestEdge rest,
      FileEdge files,
      SocketEdge sockets,
      OriginRule origins,
      ForwardingRule forwarding,
      ClientConnections connections,
      Pages pages) {
    this.routes = routes;
    this.rest = rest;
    this.files = files;
    this.sockets = sockets;
    this.origins = origins;
    this.forwarding = forwarding;
    this.connections = connections;
    this.pages = pages;
  }

  @Override
  public void handle(HttpServerRequest request) {
    ClientConnection connection = connections.began(request);
    if (connection == null) {
      return;
    }
    // called at the end of the response or of the connection
    request.response().endHandler(end -> connections.ended(request));
    HttpExchange exchange =
        HttpExchange.of(request, forwarding.source(connection, request.headers()));
    Optional<Problem> refusal = malformed(exchange);
    if (refusal.isPresent()) {
      exchange.answer(refusal.get());
      return;
    }
    if (origins.hasGuests()) {
      request.response().putHeader(HttpHeaders.VARY, "Origin");
    }
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (origin == null ? !admitsSite(exchange) : !admits(exchange, origin)) {
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

  private static Optional<Problem> malformed(HttpExchange exchange) {
    if (!namesOneHost(exchange.request())) {
      return Optional.of(Problem.malformed("The request must have one Host header."));
    }
    return exchange.source().route() == Route.CONTRADICTORY
        ? Optional.of(
            Problem.malformed(
                "Forwarded and X-Forwarded-For name different clients: the proxy must set one of"
                    + " them and remove the other."))
        : Optional.empty();
  }

  private static boolean namesOneHost(HttpServerRequest request) {
    int hosts = request.headers().getAll(HttpHeaders.HOST).size();
    return hosts == 1 || (hosts == 0 && request.version() == HttpVersion.HTTP_1_0);
  }

  private void route(HttpExchange exchange) throws MalformedText {
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
      case WrongMethod wrong -> exchange.allows(wrong.allowed());
      case Nowhere nowhere -> pages.handle(exchange);
    }
  }

  private static String path(HttpServerRequest request) throws MalformedText {
    String path = request.path();
    if (path == null || !path.startsWith("/")) {
      throw new MalformedText("the path must begin with a slash");
    }
    return path;
  }

  /** Applies the origin rule to a request that only says from which kind of site it comes. */
  private static boolean admitsSite(HttpExchange exchange) {
    HttpServerRequest request = exchange.request();
    String site = request.getHeader(SEC_FETCH_SITE);
    if (!OriginRule.refusesFrom(site, request.method(), isSocket(request))) {
      return true;
    }
    exchange.answer(Problem.forbidden("Pages of other sites may not use this gateway."));
    return false;
  }

  // below this path even a GET may open a socket
  private static boolean isSocket(HttpServerRequest request) {
    return request.path() != null && SocketEdge.isMeant(request.path());
  }

  /** Applies the origin rule, and answers the pre-flight requests of guest origins. */
  private boolean admits(HttpExchange exchange, String origin) {
    HttpServerRequest request = exchange.request();
    boolean socket = isSocket(request);
    if (origins.refuses(origin, request.method(), socket)) {
      exchange.answer(
          Problem.forbidden(
              "Pages of the origin "
                  + origin
                  + " may not use this gateway; add it to PARLEY_ORIGINS to allow them."));
      return false;
    }
    if (!origins.isGuest(origin)) {
      return true;
    }
    HttpServerResponse response = request.response();
    response
        .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
        .putHeader(
            HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS,
            "X-Request-Id, Idempotency-Replayed, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Content-Range, Content-Disposition, ETag, WWW-Authenticate");
    if (socket) {
      // SockJS clients always send their requests with credentials
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
              "Authorization, Content-Type, Idempotency-Key, X-Request-Id, Range, If-None-Match")
          .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600")
          .setStatusCode(204)
          .end();
    }
    return !preflight;
  }
}
