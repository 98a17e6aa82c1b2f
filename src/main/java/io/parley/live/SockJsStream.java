package io.parley.live;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;

/**
 * One HTTP answer that carries a session's frames for as long as it lasts. Lives on the loop of its
 * request; its session may live on another.
 */
final class SockJsStream {
  /** How frames look in it, and how many there may be. */
  enum Kind {
    POLLING("", "\n"),
    STREAMING("", "\n"),
    EVENTS("data: ", "\r\n\r\n");

    private final String before;
    private final String after;

    Kind(String before, String after) {
      this.before = before;
      this.after = after;
    }
  }

  private static final int MOST_BYTES = 128 * 1024;
  private static final int MOST_OF_A_BEAT = 12;
  private static final Buffer PRELUDE = Buffer.buffer("h".repeat(2_048) + "\n");

  private final HttpServerResponse response;
  private final Kind kind;
  private final ContextInternal context;
  private final SockJsTransport session;

  private boolean ending;

  // on the loop of the session
  private int sent;
  private boolean full;
  private boolean over;

  SockJsStream(
      HttpServerRequest request, Kind kind, ContextInternal context, SockJsTransport session) {
    this.response = request.response();
    this.kind = kind;
    this.context = context;
    this.session = session;
    begin();
  }

  private void begin() {
    response.setChunked(true).putHeader(HttpHeaders.CACHE_CONTROL, "no-store, no-transform");
    response.putHeader(
        HttpHeaders.CONTENT_TYPE,
        kind == Kind.EVENTS ? "text/event-stream; charset=UTF-8" : SockJsRoutes.JAVASCRIPT);
    response.putHeader("X-Accel-Buffering", "no");
    response.exceptionHandler(broken -> lost());
    response.closeHandler(closed -> lost());
    switch (kind) {
      case STREAMING -> response.write(PRELUDE);
      case EVENTS -> response.write("\r\n");
      case POLLING -> {}
    }
  }

  private void lost() {
    if (!ending) {
      session.onItsLoop(() -> session.lost(this));
    }
  }

  private void ended(Future<Void> last) {
    ending = true;
    last.onComplete(
        (done, failure) ->
            session.onItsLoop(
                () -> {
                  over = failure == null;
                  session.lost(this);
                }));
  }

  /** Whether another frame would be welcome. */
  boolean isReady() {
    return !over && !full;
  }

  boolean isOver() {
    return over;
  }

  /** How many bytes it has carried. */
  int sent() {
    return sent;
  }

  /** Sends one frame; the answer may end with it. */
  void send(byte[] frame) {
    Buffer chunk =
        Buffer.buffer(frame.length + 12)
            .appendString(kind.before)
            .appendBytes(frame)
            .appendString(kind.after);
    sent += chunk.length();
    boolean last = kind == Kind.POLLING || sent >= MOST_BYTES;
    over |= last;
    context.runOnContext(here -> write(chunk, last));
  }

  private void write(Buffer chunk, boolean last) {
    if (response.ended() || response.closed()) {
      return;
    }
    if (last) {
      ended(response.end(chunk));
      return;
    }
    Future<Void> written = response.write(chunk);
    if (chunk.length() <= MOST_OF_A_BEAT) {
      // whoever takes it is alive, though it has nothing to say
      written.onSuccess(taken -> session.onItsLoop(session::heard));
    }
    if (response.writeQueueFull()) {
      session.onItsLoop(() -> full = true);
      response.drainHandler(
          drained ->
              session.onItsLoop(
                  () -> {
                    full = false;
                    session.flush();
                  }));
    }
  }

  void end() {
    over = true;
    context.runOnContext(
        here -> {
          if (!response.ended() && !response.closed()) {
            ended(response.end());
          }
        });
  }
}
