package io.parley.http;

import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.flow.KeyedBuckets.Level;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Collection;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One request, where it comes from, and its response. */
record HttpExchange(HttpServerRequest request, String id, RequestSource source) {
  // time for a client that still sends to read the early answer
  private static final long LINGER_SECONDS = 2;

  private static final Pattern KEPT_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
  private static final CharSequence NOSNIFF_NAME =
      HttpHeaders.createOptimized("X-Content-Type-Options");
  private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
  private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
  private static final CharSequence LIMIT = HttpHeaders.createOptimized("RateLimit-Limit");
  private static final CharSequence REMAINING = HttpHeaders.createOptimized("RateLimit-Remaining");
  private static final CharSequence RESET = HttpHeaders.createOptimized("RateLimit-Reset");
  private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
  private static final CharSequence PROBLEM = HttpHeaders.createOptimized(Problem.MEDIA_TYPE);

  /** Accepts a request: every answer to it carries its id. */
  static HttpExchange of(HttpServerRequest request, RequestSource source) {
    String given = request.getHeader(REQUEST_ID);
    HttpExchange exchange =
        new HttpExchange(
            request, given != null && KEPT_ID.matcher(given).matches() ? given : newId(), source);
    request.response().putHeader(REQUEST_ID, exchange.id).putHeader(NOSNIFF_NAME, NOSNIFF);
    return exchange;
  }

  // only names a request in the logs, so it may be guessable
  private static String newId() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /** Tells the caller how much is left of the limit of this call, if there is one. */
  void limited(@Nullable Level level) {
    if (level != null) {
      request
          .response()
          .putHeader(LIMIT, Long.toString(level.limit()))
          .putHeader(REMAINING, Long.toString(level.remaining()))
          .putHeader(RESET, Long.toString(level.secondsUntilFull()));
    }
  }

  void answer(Answer answer) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return;
    }
    response.setStatusCode(answer.status());
    if (answer.body().length() > 0) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, answer instanceof Problem ? PROBLEM : JSON);
    }
    response.putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
    answer.headers().forEach(response::putHeader);
    if (RequestBody.isExpected(request) && !request.isEnded()) {
      // discard the rest of the body
      response.putHeader(HttpHeaders.CONNECTION, "close");
      request.connection().shutdown(LINGER_SECONDS, TimeUnit.SECONDS);
      request.resume();
    }
    response.end(answer.body());
  }

  /** Answers OPTIONS with the allowed methods, and any other method with 405. */
  void allows(Collection<String> methods) {
    String allowed = String.join(", ", methods);
    if (HttpMethod.OPTIONS.equals(request.method())) {
      request.response().setStatusCode(204).putHeader(HttpHeaders.ALLOW, allowed).end();
    } else {
      answer(Problem.methodNotAllowed(allowed));
    }
  }
}
