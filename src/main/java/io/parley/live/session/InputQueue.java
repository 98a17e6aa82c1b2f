package io.parley.live.session;

import io.parley.live.loop.Loop;
import io.parley.live.transport.Transport;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one client, handled in the order in which they arrived. An exclusive step (who the
 * client is, whether it is subscribed, from where it resumes) holds back the frames behind it. At
 * most {@link #MAX_IN_PROGRESS} operations are in progress; beyond that, and while it has too many
 * replies to read, the client is not read from, so that it feels the back-pressure. A client that
 * sends many frames at once takes turns with the others of the event loop.
 */
final class InputQueue {
  static final int MAX_IN_PROGRESS = 64;
  static final int MAX_PER_TURN = 128;

  /** Handles one frame; may begin exclusive steps and operations. */
  @FunctionalInterface
  interface Handler {
    void handle(byte[] frame);
  }

  private final Loop loop;
  private final Transport transport;
  private final Handler handler;
  private @Nullable ArrayDeque<byte[]> waiting; // made when first needed: most sockets are idle
  private int exclusiveSteps;
  private int inProgress;
  private int handledInTurn;
  private boolean yielding;
  private boolean draining;
  private boolean closed;

  InputQueue(Loop loop, Transport transport, Handler handler) {
    this.loop = loop;
    this.transport = transport;
    this.handler = handler;
  }

  void add(byte[] frame) {
    if (closed) {
      return;
    }
    if (!hasWaiting() && isOpen()) {
      handle(frame);
    } else {
      if (waiting == null) {
        waiting = new ArrayDeque<>();
      }
      waiting.add(frame);
      transport.setReading(false);
    }
  }

  private void handle(byte[] frame) {
    handledInTurn++;
    if (handledInTurn >= MAX_PER_TURN) {
      yielding = true;
      loop.execute(this::takeTurn);
    }
    handler.handle(frame);
  }

  private void takeTurn() {
    yielding = false;
    handledInTurn = 0;
    drain();
  }

  private boolean hasWaiting() {
    return waiting != null && !waiting.isEmpty();
  }

  private boolean isOpen() {
    return exclusiveSteps == 0
        && inProgress < MAX_IN_PROGRESS
        && !yielding
        && !closed
        && !transport.hasTooManyReplies();
  }

  /** The client has taken replies: what waited for that may go on. */
  void repliesTaken() {
    drain();
  }

  /** Whether frames are held back, so that the silence of the client means nothing. */
  boolean isHoldingBack() {
    return exclusiveSteps > 0 || hasWaiting();
  }

  /**
   * Holds back later frames until {@code work} is done; {@code next} runs unless closed by then.
   */
  <T> void exclusively(Future<T> work, Completable<T> next) {
    alwaysExclusively(
        work,
        (value, failure) -> {
          if (!closed) {
            next.complete(value, failure);
          }
        });
  }

  /** The same; {@code next} runs even if the session has been closed meanwhile. */
  <T> void alwaysExclusively(Future<T> work, Completable<T> next) {
    exclusiveSteps++;
    loop.whenDone(
        work,
        (value, failure) -> {
          exclusiveSteps--;
          next.complete(value, failure);
          drain();
        });
  }

  /**
   * Counts an operation until the returned handler is called with its outcome; passes the outcome
   * on to {@code next} unless closed by then.
   */
  <T> Completable<T> inProgress(Completable<T> next) {
    inProgress++;
    if (inProgress >= MAX_IN_PROGRESS) {
      transport.setReading(false);
    }
    return (value, failure) -> {
      inProgress--;
      if (!closed) {
        next.complete(value, failure);
        drain();
      }
    };
  }

  // a step that is done at once drains again from within; the outer loop goes on for it
  private void drain() {
    if (draining) {
      return;
    }
    draining = true;
    while (isOpen() && waiting != null && !waiting.isEmpty()) {
      handle(waiting.poll());
    }
    draining = false;
    if (isOpen()) {
      transport.setReading(true);
    }
  }

  void close() {
    closed = true;
    waiting = null;
  }
}
