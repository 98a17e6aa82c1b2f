package io.parley.http;

import io.parley.api.Problem;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Reads a request's body into memory, up to a bound. */
final class Body {
  private Body() {}

  static boolean isExpected(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return (length != null && !length.equals("0"))
        || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  /** Whether it says so, or does not say how long it is. */
  static boolean mayBeLonger(HttpServerRequest request, long bound) {
    return declared(request) > bound || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  static Future<Buffer> read(HttpServerRequest request, long bound) {
    if (declared(request) > bound) {
      request.resume();
      return Future.failedFuture(tooLarge(bound));
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() + part.length() <= bound) {
            body.appendBuffer(part);
          } else {
            whole.tryFail(tooLarge(bound));
          }
        });
    request.endHandler(end -> whole.tryComplete(body));
    request.exceptionHandler(whole::tryFail);
    return whole.future();
  }

  private static long declared(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    try {
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  private static Problem.Refused tooLarge(long bound) {
    return new Problem.Refused(
        Problem.of(413, "too_large", "Too much", "The body may have at most " + bound + " bytes."));
  }
}
