package io.parley.live.transport;

import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * One HTTP response that carries SockJS frames for as long as it lasts. The response belongs to the
 * event loop of its request, the stream's user to the loop of the SockJS session; each side is
 * called on its own loop.
 */
public final class SockJsStream {
  /** The framing of a response, and whether it ends after one frame. */
  public enum Kind {
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

  /** What the stream reports, on the loop of the session. */
  interface Events {
    /** The client took a frame that only probes whether it is alive. */
    void alive();

    /** The response can take frames again. */
    void writable();

    /** The response has ended, complete or not. */
    void ended(SockJsStream stream);
  }

  private static final CharSequence JAVASCRIPT =
      HttpHeaders.createOptimized("application/javascript; charset=UTF-8");
  private static final int MAX_RESPONSE = 128 * 1024;
  private static final int MAX_HEARTBEAT = 12;
  private static final Buffer PRELUDE = Buffer.buffer("h".repeat(2_048) + "\n");

  private final HttpServerResponse response;
  private final Kind kind;
  private final Loop requestLoop;
  private final Loop sessionLoop;
  private final Events events;

  // on the loop of the request
  private boolean ending;

  // on the loop of the session
  private int sentBytes;
  private boolean full;
  private boolean complete;

  SockJsStream(
      HttpServerRequest request, Kind kind, Loop requestLoop, Loop sessionLoop, Events events) {
    this.response = request.response();
    this.kind = kind;
    this.requestLoop = requestLoop;
    this.sessionLoop = sessionLoop;
    this.events = events;
    begin();
  }

  private void begin() {
    response.setChunked(true).putHeader(HttpHeaders.CACHE_CONTROL, "no-store, no-transform");
    response.putHeader(
        HttpHeaders.CONTENT_TYPE,
        kind == Kind.EVENTS ? "text/event-stream; charset=UTF-8" : JAVASCRIPT);
    response.putHeader("X-Accel-Buffering", "no");
    response.exceptionHandler(broken -> connectionLost());
    response.closeHandler(closed -> connectionLost());
    switch (kind) {
      case STREAMING -> response.write(PRELUDE);
      case EVENTS -> response.write("\r\n");
      case POLLING -> {}
    }
  }

  private void connectionLost() {
    if (!ending) {
      sessionLoop.execute(() -> events.ended(this));
    }
  }

  private void endAfter(Future<Void> lastWrite) {
    ending = true;
    lastWrite.onComplete(
        (written, failure) ->
            sessionLoop.execute(
                () -> {
                  complete = failure == null;
                  events.ended(this);
                }));
  }

  /** Whether it can take another frame now. */
  boolean isWritable() {
    return !complete && !full;
  }

  /** Whether it has carried all it will carry; a stream that ends otherwise was cut off. */
  boolean isComplete() {
    return complete;
  }

  int sentBytes() {
    return sentBytes;
  }

  /** Sends one frame; the response may end with it. */
  void send(byte[] frame) {
    Buffer chunk =
        Buffer.buffer(frame.length + 12)
            .appendString(kind.before)
            .appendBytes(frame)
            .appendString(kind.after);
    sentBytes += chunk.length();
    boolean last = kind == Kind.POLLING || sentBytes >= MAX_RESPONSE;
    complete |= last;
    requestLoop.execute(() -> write(chunk, last));
  }

  private void write(Buffer chunk, boolean last) {
    if (response.ended() || response.closed()) {
      return;
    }
    if (last) {
      endAfter(response.end(chunk));
      return;
    }
    Future<Void> written = response.write(chunk);
    if (chunk.length() <= MAX_HEARTBEAT) {
      // a client that takes a heartbeat is alive, even if it has nothing to send
      written.onSuccess(taken -> sessionLoop.execute(events::alive));
    }
    if (response.writeQueueFull()) {
      sessionLoop.execute(() -> full = true);
      response.drainHandler(drained -> sessionLoop.execute(this::drained));
    }
  }

  private void drained() {
    full = false;
    events.writable();
  }

  void end() {
    complete = true;
    requestLoop.execute(
        () -> {
          if (!response.ended() && !response.closed()) {
            endAfter(response.end());
          }
        });
  }
}
