package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Set;
import java.util.TreeSet;

/**
 * A client that receives the events of a conversation on a socket. When the gateway stops it
 * connects to another one and resumes from the last revision it has.
 */
final class UpgradeListener implements AutoCloseable {
  private static final int GOING_AWAY = 1012;
  private static final int TOO_SLOW = 4408;

  private final String authorization;
  private final long conversation;
  private final Set<Long> seqs = new TreeSet<>();
  private String url;
  private TestSocket socket;
  private long rev;

  UpgradeListener(String authorization, long conversation, String url) {
    this.authorization = authorization;
    this.conversation = conversation;
    this.url = url;
    this.socket = connected(url);
    resume();
  }

  private TestSocket connected(String url) {
    URI at = URI.create(url + "/eventbus/websocket");
    return TestSocket.open(at, authorization).join().listen();
  }

  /** Connects to another gateway once this one has ended the socket. */
  void moveTo(String url) {
    assertThat(socket.closeCode()).isEqualTo(GOING_AWAY);
    socket.inbox().forEach(this::note);
    this.url = url;
    socket = connected(url);
    resume();
  }

  /** The items that the client knows of once it has resumed, on a new socket if need be. */
  Set<Long> seqs() {
    socket.inbox().forEach(this::note);
    if (socket.isClosed()) {
      // a gateway ends a socket rather than hold back what it cannot deliver in order
      assertThat(socket.closeCode()).isIn(GOING_AWAY, TOO_SLOW);
      socket = connected(url);
    }
    resume();
    return seqs;
  }

  private void resume() {
    boolean more = true;
    while (more) {
      JsonObject positions = JsonObject.of("positions", JsonObject.of("" + conversation, rev));
      JsonObject reply = socket.ask("resume", positions).getJsonObject("body");
      reply.getJsonArray("events").forEach(event -> note((JsonObject) event));
      more = reply.getJsonObject("more", new JsonObject()).containsKey("" + conversation);
      assertThat(reply.getJsonArray("resync")).isNullOrEmpty();
    }
  }

  private void note(JsonObject event) {
    if (event.getLong("conversation_id", 0L) == conversation && event.getLong("rev") != null) {
      rev = Math.max(rev, event.getLong("rev"));
      if (event.getString("event").startsWith("item.")) {
        seqs.add(event.getJsonObject("item").getLong("seq"));
      }
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
