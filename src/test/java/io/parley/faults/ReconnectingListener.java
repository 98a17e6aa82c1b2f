package io.parley.faults;

import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that receives the events of a conversation on a socket, whatever happens to it: when it
 * ends, the client connects again and resumes from the last revision it has. On a thread of its
 * own.
 */
final class ReconnectingListener implements AutoCloseable {
  private static final int PAGE = 200;
  private static final String RESUME = "resume-";
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long CONNECT_SECONDS = 5;
  private static final long RESUME_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final URI at;
  private final String authorization;
  private final long conversation;
  private final Set<Long> seqs = new ConcurrentSkipListSet<>();
  private final List<String> disorders = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile long position;
  private final AtomicInteger connections = new AtomicInteger();
  private volatile boolean stopped;

  ReconnectingListener(String url, String authorization, long conversation) {
    this.at = URI.create(url + "/eventbus/websocket");
    this.authorization = authorization;
    this.conversation = conversation;
    this.thread = Thread.ofPlatform().daemon().name("listener").start(this::run);
  }

  private void run() {
    while (!stopped) {
      try {
        listen();
      } catch (RuntimeException | AssertionError broken) {
        // as for a client: try again
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void listen() {
    try (TestSocket socket =
        TestSocket.open(at, authorization).orTimeout(CONNECT_SECONDS, TimeUnit.SECONDS).join()) {
      socket.frame(new JsonObject().put("type", "register").put("address", "inbox"));
      if (resume(socket)) {
        connections.incrementAndGet();
        follow(socket);
      }
    }
  }

  /** Asks for what has happened meanwhile until there is no more; false when the socket ends. */
  private boolean resume(TestSocket socket) {
    for (int part = 1; ; part++) {
      JsonObject positions = JsonObject.of("" + conversation, position);
      JsonObject answer =
          ask(socket, "resume", JsonObject.of("positions", positions), RESUME + part);
      if (answer == null) {
        return false;
      }
      if (mustReadAgain(answer)) {
        return readAgain(socket);
      }
      answer.getJsonArray("events").forEach(event -> note((JsonObject) event));
      if (!answer.getJsonObject("more", new JsonObject()).containsKey("" + conversation)) {
        return true;
      }
    }
  }

  private boolean mustReadAgain(JsonObject answer) {
    return answer.getJsonArray("resync").stream()
        .anyMatch(id -> ((Number) id).longValue() == conversation);
  }

  /** Reads the items that are new, since there are too many to resume. */
  private boolean readAgain(TestSocket socket) {
    for (int page = 1; ; page++) {
      JsonObject wanted =
          JsonObject.of("ref", "" + conversation, "order", "asc", "limit", PAGE)
              .put("after", seqs.stream().reduce(0L, Math::max));
      JsonObject answer = ask(socket, "listItems", wanted, "page-" + page);
      if (answer == null) {
        return false;
      }
      answer
          .getJsonArray("data")
          .forEach(
              item -> {
                seqs.add(((JsonObject) item).getLong("seq"));
                position = Math.max(position, ((JsonObject) item).getLong("rev"));
              });
      if (answer.getJsonArray("data").size() < PAGE) {
        return true;
      }
    }
  }

  private static JsonObject ask(
      TestSocket socket, String address, JsonObject body, String replyAddress) {
    socket.frame(
        JsonObject.of("type", "send", "address", address, "replyAddress", replyAddress)
            .put("headers", new JsonObject())
            .put("body", body));
    return answer(socket, replyAddress);
  }

  private static JsonObject answer(TestSocket socket, String reply) {
    long end = System.nanoTime() + RESUME_NANOS;
    while (!socket.isClosed() && System.nanoTime() - end < 0) {
      for (JsonObject frame : socket.frames) {
        if (reply.equals(frame.getString("address"))) {
          return frame.getString("type").equals("rec") ? frame.getJsonObject("body") : null;
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return null;
  }

  /** Reads the socket from its first frame on: each revision follows the one before. */
  private void follow(TestSocket socket) {
    int read = 0;
    long before = 0;
    while (!stopped) {
      boolean ended = socket.isClosed();
      List<JsonObject> frames = new ArrayList<>(socket.frames);
      for (JsonObject frame : frames.subList(read, frames.size())) {
        before = follow(frame, before);
      }
      read = frames.size();
      if (ended) {
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private long follow(JsonObject frame, long before) {
    String address = frame.getString("address", "");
    if (address.startsWith(RESUME)) {
      if (mustReadAgain(frame.getJsonObject("body"))) {
        return 0;
      }
      return frame.getJsonObject("body").getJsonArray("events").stream()
          .mapToLong(event -> note((JsonObject) event))
          .reduce(before, Math::max);
    }
    long rev =
        address.equals("inbox") && frame.containsKey("body")
            ? note(frame.getJsonObject("body"))
            : 0;
    if (rev == 0) {
      return before;
    }
    if (before > 0 && rev != before + 1) {
      disorders.add(rev + " after " + before);
    }
    return rev;
  }

  /** The revision of an event of the conversation, else 0. */
  private long note(JsonObject event) {
    if (event.getLong("conversation_id", 0L) != conversation || event.getLong("rev") == null) {
      return 0;
    }
    if (event.getString("event").equals("item.created")) {
      seqs.add(event.getJsonObject("item").getLong("seq"));
    }
    position = Math.max(position, event.getLong("rev"));
    return event.getLong("rev");
  }

  /** The last revision that it has received. */
  long position() {
    return position;
  }

  /** The items received so far. */
  Set<Long> seqs() {
    return seqs;
  }

  /** Events that did not follow the one before on their socket. */
  List<String> disorders() {
    return disorders;
  }

  /** How often it has connected and resumed. */
  int connections() {
    return connections.get();
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
