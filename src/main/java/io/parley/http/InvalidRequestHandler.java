package io.parley.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.parley.api.problem.Problem;
import io.parley.http.RequestSource.Route;
import io.parley.http.StrictRequestDecoder.AmbiguousLength;
import io.vertx.core.http.HttpServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests that are not valid HTTP or exceed its bounds. */
final class InvalidRequestHandler {
  private static final Logger LOG = LoggerFactory.getLogger(InvalidRequestHandler.class);

  private InvalidRequestHandler() {}

  static void answer(HttpServerRequest request) {
    RequestSource source =
        new RequestSource(ClientConnection.address(request.remoteAddress()), Route.PROXY);
    HttpExchange exchange = HttpExchange.of(request, source);
    LOG.atDebug()
        .addKeyValue("client", source.client())
        .setCause(request.decoderResult().cause())
        .log("Refused an invalid request");
    request.response().putHeader("Connection", "close");
    exchange.answer(problem(request.decoderResult().cause()));
    request.connection().close();
  }

  private static Problem problem(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException line ->
          Problem.of(414, "uri_too_long", "URI too long", "The request line is too long.");
      case TooLongHttpHeaderException header ->
          Problem.of(
              431,
              "headers_too_large",
              "Header fields too large",
              "The header fields are too large.");
      case AmbiguousLength ambiguous ->
          Problem.malformed(
              "Send either one Content-Length or the Transfer-Encoding chunked, and nothing else.");
      default -> Problem.malformed("The request is not valid HTTP.");
    };
  }
}
