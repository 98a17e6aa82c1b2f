package io.parley.live;

import io.parley.api.auth.Caller;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A socket made of many HTTP requests. */
final class SockJsTransport implements Transport {
  private static final long AWAY_MS = 5_000;
  private static final int LEAST_BYTES_PER_MS = 8;
  private static final int MOST_TOGETHER = 64 * 1024;
  private static final int MOST_OWN = 256 * 1024;
  private static final byte[] TAKEN = SockJsFrames.close(2010, "Another connection still open");
  private static final byte[] GO_AWAY = SockJsFrames.close(3000, "Go away!");

  private record Queued(byte[] quoted, boolean own) {}

  private final SocketLoop desk;
  private final String id;
  private final ArrayDeque<Queued> queue = new ArrayDeque<>();
  private @Nullable Session connection;
  private @Nullable SockJsStream receiver;
  private byte @Nullable [] farewell;
  private long awayUntil;
  private long newsBytes;
  private long ownBytes;
  private long taken;
  private long takenBefore;
  private boolean greeted;
  private boolean listening = true;
  private boolean dirty;

  SockJsTransport(SocketLoop desk, String id) {
    this.desk = desk;
    this.id = id;
    this.awayUntil = desk.now() + AWAY_MS;
  }

  String id() {
    return id;
  }

  void open(Session opened) {
    connection = opened;
  }

  void onItsLoop(Runnable task) {
    desk.context().runOnContext(here -> task.run());
  }

  /** The client is alive. */
  void heard() {
    if (connection != null) {
      connection.heard();
    }
  }

  /** Whether {@code guest} may use it; else nobody knows of it. */
  boolean isFor(Caller guest) {
    return connection == null
        || !connection.isKnown()
        || connection.caller().party().id() == guest.party().id();
  }

  /** A request came for what there is. */
  void attach(SockJsStream came) {
    heard();
    if (farewell != null) {
      came.send(greeted ? farewell : GO_AWAY);
      came.end();
      return;
    }
    if (receiver != null && !receiver.isOver()) {
      came.send(TAKEN);
      came.end();
      return;
    }
    receiver = came;
    if (!greeted) {
      greeted = true;
      came.send(SockJsFrames.OPEN);
    }
    flush();
  }

  /** The connection under a request broke. */
  void lost(SockJsStream gone) {
    if (receiver == gone) {
      boolean cut = !gone.isOver();
      detach();
      if (cut && connection != null) {
        // what was sent into it may or may not have arrived: the client has to begin anew
        close(1002, "Connection interrupted");
      }
    }
  }

  // what has left us may still be on its way over a slow line
  private void detach() {
    long sent = receiver == null ? 0 : receiver.sent();
    receiver = null;
    awayUntil = desk.now() + AWAY_MS + sent / LEAST_BYTES_PER_MS;
  }

  /** Messages of the client; false when it has to wait, or to take its answers first. */
  boolean take(List<byte[]> messages) {
    Session known = connection;
    if (!listening || ownBytes > MOST_OWN || known == null) {
      return false;
    }
    messages.forEach(known::frame);
    return true;
  }

  @Override
  public void news(SharedFrame news) {
    add(new Queued(news.sockJsMessage(), false));
  }

  @Override
  public void frame(byte[] frame) {
    add(new Queued(SockJsFrames.quoted(frame), true));
  }

  private void add(Queued message) {
    if (farewell != null) {
      return;
    }
    queue.add(message);
    count(message, 1);
    if (!dirty) {
      dirty = true;
      desk.flushLater(this);
    }
  }

  private void count(Queued message, long sign) {
    if (message.own()) {
      ownBytes += sign * message.quoted().length;
    } else {
      newsBytes += sign * message.quoted().length;
    }
  }

  @Override
  public void flush() {
    dirty = false;
    while (receiver != null && receiver.isReady() && !queue.isEmpty()) {
      receiver.send(SockJsFrames.messages(next()));
      taken++;
    }
  }

  private List<byte[]> next() {
    List<byte[]> together = new ArrayList<>();
    int bytes = 0;
    while (!queue.isEmpty() && bytes < MOST_TOGETHER) {
      Queued message = queue.poll();
      bytes += message.quoted().length;
      count(message, -1);
      together.add(message.quoted());
    }
    return together;
  }

  @Override
  public long backlog() {
    return newsBytes;
  }

  @Override
  public boolean isStuck() {
    // between two requests nothing can be taken: whoever stays away is gone soon
    boolean stuck =
        receiver != null && !receiver.isReady() && !queue.isEmpty() && taken == takenBefore;
    takenBefore = taken;
    return stuck;
  }

  @Override
  public void listen(boolean on) {
    listening = on;
  }

  @Override
  public void beat() {
    if (receiver != null && receiver.isReady()) {
      receiver.send(SockJsFrames.BEAT);
    }
  }

  @Override
  public void close(int code, String reason) {
    if (farewell != null) {
      return;
    }
    flush();
    farewell = SockJsFrames.close(code, reason);
    queue.clear();
    newsBytes = 0;
    if (receiver != null && !receiver.isOver()) {
      receiver.send(farewell);
      receiver.end();
    }
    detach();
    if (connection != null) {
      connection.gone();
    }
  }

  boolean isOver(long now) {
    return receiver == null && now > awayUntil;
  }

  /** Nobody came anymore. */
  void forget() {
    close(1002, "nobody came");
  }
}
