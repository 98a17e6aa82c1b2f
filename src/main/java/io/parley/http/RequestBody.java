package io.parley.http;

import io.parley.api.problem.Problem;
import io.parley.flow.Outage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Request bodies that are read into memory, up to a bound. */
final class RequestBody {
  private static final Logger LOG = LoggerFactory.getLogger(RequestBody.class);

  private RequestBody() {}

  static boolean isExpected(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return (length != null && !length.equals("0"))
        || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  /** Refuses compressed bodies: unpacked, one could be a thousand times as large. */
  static Optional<Problem> wrapped(HttpServerRequest request) {
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    return encoding == null || encoding.equalsIgnoreCase("identity")
        ? Optional.empty()
        : Optional.of(
            Problem.of(
                    415,
                    "unsupported_media_type",
                    "Unsupported media type",
                    "Send the body without a Content-Encoding.")
                .header("Accept-Encoding", "identity"));
  }

  /** Whether the body may exceed {@code bound}: by its declared length, or without one. */
  static boolean mayBeLonger(HttpServerRequest request, long bound) {
    return declaredLength(request) > bound
        || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  /** Reads the whole body into the memory of {@code share}, which the caller releases. */
  static Future<Buffer> read(HttpServerRequest request, long bound, BodyMemory.Share share) {
    Optional<Problem> wrapped = wrapped(request);
    if (wrapped.isPresent()) {
      return Future.failedFuture(new Problem.Refused(wrapped.get()));
    }
    if (declaredLength(request) > bound) {
      return Future.failedFuture(tooLarge(bound));
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() + part.length() > bound) {
            refuse(request, whole, tooLarge(bound));
          } else if (!share.tryTake(part.length())) {
            refuse(request, whole, Outage.unavailable("too many request bodies at once"));
          } else {
            body.appendBuffer(part);
          }
        });
    request.endHandler(end -> whole.tryComplete(body));
    request.exceptionHandler(
        broken -> {
          whole.tryFail(brokenOff(broken));
          hangUp(request);
        });
    request.resume();
    return whole.future();
  }

  private static void refuse(HttpServerRequest request, Promise<Buffer> whole, Exception why) {
    // what still arrives is discarded
    request.handler(part -> {});
    whole.tryFail(why);
  }

  /** The refusal of a body that ends early or cannot be read. */
  static Problem.Refused brokenOff(Throwable cause) {
    LOG.atDebug().setCause(cause).log("Request body broke off");
    return new Problem.Refused(Problem.malformed("The body is incomplete or malformed."));
  }

  /** Closes the connection after the answer has been written. */
  static void hangUp(HttpServerRequest request) {
    request.connection().close();
  }

  static long declaredLength(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    try {
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  private static Problem.Refused tooLarge(long bound) {
    return new Problem.Refused(
        Problem.of(
            413,
            "too_large",
            "Payload too large",
            "The body may have at most " + bound + " bytes."));
  }
}
