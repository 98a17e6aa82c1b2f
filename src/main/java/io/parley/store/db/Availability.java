package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.DatabaseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the database is there and accepts writes. Only the {@link DatabaseHeartbeat} decides that
 * it is lost: a slow statement or a dead connection says nothing about the others. Confined to one
 * event loop.
 */
final class Availability {
  /** What the database serves. */
  enum State {
    AVAILABLE("up"),
    /** A standby, or a server whose transactions are read-only: it answers reads. */
    READ_ONLY("read-only"),
    LOST("down");

    private final String text;

    State(String text) {
      this.text = text;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Availability.class);
  private static final long TICK_MS = 500;
  private static final long LOOP_DELAY_MS = 300;

  private final Vertx vertx;
  private final DatabaseConnections connections;
  private final DatabaseHeartbeat heartbeat;
  private final long heartbeatTimeoutMs;
  private final List<Consumer<Throwable>> lostListeners = new ArrayList<>();
  private final List<Consumer<Duration>> recoveryListeners = new ArrayList<>();
  private final long ticks;
  private long lastAnswerAt = System.nanoTime();
  private long lastTickAt = System.nanoTime();
  private State state = State.AVAILABLE;
  private long changedAt = System.nanoTime();
  private boolean heartbeatPending;
  private boolean closed;

  Availability(Vertx vertx, DatabaseConnections connections, long heartbeatTimeoutMs) {
    this.vertx = vertx;
    this.connections = connections;
    this.heartbeatTimeoutMs = heartbeatTimeoutMs;
    this.heartbeat = new DatabaseHeartbeat(vertx, connections.heartbeat(), heartbeatTimeoutMs);
    this.ticks = vertx.setPeriodic(TICK_MS, tick -> tick());
  }

  /** Calls {@code listener} whenever the database is found not to answer. */
  void onLost(Consumer<Throwable> listener) {
    lostListeners.add(listener);
  }

  /** Calls {@code listener} whenever its state is better again, with the time that it was not. */
  void onRecovery(Consumer<Duration> listener) {
    recoveryListeners.add(listener);
  }

  boolean isLost() {
    return state == State.LOST;
  }

  /** "up", or what is wrong. */
  String text() {
    return state.text;
  }

  /** Why a request cannot be served now; empty if it can. */
  Optional<Outage> refusal(boolean writes) {
    return switch (state) {
      case LOST -> Optional.of(Outage.unavailable("the database is not available"));
      case READ_ONLY ->
          writes ? Optional.of(Outage.unavailable("the database is read-only")) : Optional.empty();
      case AVAILABLE -> Optional.empty();
    };
  }

  /** Notes that the database has answered something. */
  void noteAnswer() {
    lastAnswerAt = System.nanoTime();
  }

  /** Notes how a statement failed: that is an answer, too, and may say that writes are refused. */
  void noteFailure(Throwable failure) {
    if (failure instanceof DatabaseException) {
      noteAnswer();
    }
    if (SqlErrors.isReadOnly(failure) && state == State.AVAILABLE) {
      setState(State.READ_ONLY);
    }
  }

  void close() {
    closed = true;
    vertx.cancelTimer(ticks);
  }

  private void tick() {
    long now = System.nanoTime();
    // if this event loop was blocked, answers may be waiting unread
    if (now - lastTickAt < TimeUnit.MILLISECONDS.toNanos(TICK_MS + LOOP_DELAY_MS)) {
      connections.check(now);
    }
    lastTickAt = now;
    if (!heartbeatPending) {
      beat();
    }
  }

  private void beat() {
    heartbeatPending = true;
    long began = System.nanoTime();
    if (state == State.READ_ONLY) {
      heartbeat.reconnect();
    }
    heartbeat
        .isReadOnly()
        .onComplete(
            (readOnly, failure) -> {
              heartbeatPending = false;
              if (closed) {
                return;
              }
              if (failure == null) {
                setState(readOnly ? State.READ_ONLY : State.AVAILABLE);
              } else if (!mayBeAlive(began)) {
                setLost(failure);
              }
            });
  }

  // a database that answers others is busy, not lost; and if this event loop was blocked, the
  // answer may be waiting unread, so the next heartbeat decides
  private boolean mayBeAlive(long began) {
    long timeout = TimeUnit.MILLISECONDS.toNanos(heartbeatTimeoutMs + LOOP_DELAY_MS);
    return lastAnswerAt - began > 0 || System.nanoTime() - began > timeout;
  }

  private void setState(State next) {
    State before = state;
    if (before == next) {
      return;
    }
    Duration age = Duration.ofNanos(System.nanoTime() - changedAt);
    enter(next);
    if (next == State.READ_ONLY) {
      LOG.atWarn().log("Database is read-only; writes are refused");
      if (before == State.AVAILABLE) {
        return;
      }
    } else {
      LOG.atInfo().log("Database available again");
    }
    if (before == State.READ_ONLY) {
      // they may lead to the server that accepted writes before
      connections.end();
    }
    connections.reads().warmUp();
    recoveryListeners.forEach(each -> each.accept(age));
  }

  private void enter(State next) {
    state = next;
    changedAt = System.nanoTime();
  }

  private void setLost(Throwable cause) {
    if (state != State.LOST) {
      enter(State.LOST);
      LOG.atWarn()
          .addKeyValue("reason", String.valueOf(cause.getMessage()))
          .log("Database not available");
    }
    lostListeners.forEach(each -> each.accept(cause));
    connections.end();
  }
}
