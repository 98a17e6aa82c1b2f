package io.parley.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.parley.api.problem.Problem;
import io.vertx.core.http.HttpServerRequest;

/** Answers requests that are not valid HTTP or exceed its bounds. */
final class InvalidRequestHandler {
  private InvalidRequestHandler() {}

  static void answer(HttpServerRequest request) {
    HttpExchange exchange = HttpExchange.of(request);
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
      default -> Problem.malformed("The request is not valid HTTP.");
    };
  }
}
