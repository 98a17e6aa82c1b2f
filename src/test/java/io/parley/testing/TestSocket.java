package io.parley.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** A plain WebSocket client that speaks the bridge protocol. */
public final class TestSocket implements WebSocket.Listener, AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final AtomicInteger asked = new AtomicInteger();
  private final StringBuilder part = new StringBuilder();
  public final List<JsonObject> frames = new CopyOnWriteArrayList<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private WebSocket socket;

  private TestSocket() {}

  /** Connects with {@code authorization}; without credentials if it is empty. */
  public static TestSocket open(TestGateway node, String authorization) {
    return open(node, "/eventbus/websocket", authorization).join();
  }

  public static CompletableFuture<TestSocket> open(
      TestGateway node, String path, String authorization) {
    return open(node.uri(path), authorization);
  }

  public static CompletableFuture<TestSocket> open(URI at, String authorization) {
    TestSocket socket = new TestSocket();
    WebSocket.Builder builder = CLIENT.newWebSocketBuilder();
    if (!authorization.isEmpty()) {
      builder.header("Authorization", authorization);
    }
    return builder
        .buildAsync(URI.create(at.toString().replace("http:", "ws:")), socket)
        .thenApply(
            opened -> {
              socket.socket = opened;
              return socket;
            });
  }

  /** Connects and registers for the inbox. */
  public static TestSocket listening(TestGateway node, String authorization) {
    return open(node, authorization).listen();
  }

  public TestSocket listen() {
    frame(new JsonObject().put("type", "register").put("address", "inbox"));
    return ping();
  }

  /** Waits until everything sent before has taken effect. */
  public TestSocket ping() {
    long before = count("pong");
    frame(new JsonObject().put("type", "ping"));
    until(() -> count("pong") > before, "a pong");
    return this;
  }

  private long count(String type) {
    return frames.stream().filter(frame -> type.equals(frame.getString("type"))).count();
  }

  public void frame(JsonObject frame) {
    text(frame.encode());
  }

  public synchronized void text(String text) {
    socket.sendText(text, true).join();
  }

  public WebSocket raw() {
    return socket;
  }

  /** Sends a request and waits for its reply. */
  public JsonObject ask(String address, JsonObject body) {
    String reply = "r" + asked.incrementAndGet();
    frame(
        new JsonObject()
            .put("type", "send")
            .put("address", address)
            .put("headers", new JsonObject())
            .put("body", body)
            .put("replyAddress", reply));
    return next(frame -> reply.equals(frame.getString("address")), address);
  }

  /** The same, requiring this status. */
  public JsonObject ask(int status, String address, JsonObject body) {
    JsonObject reply = ask(address, body);
    assertThat(
            reply.getString("type").equals("rec")
                ? Integer.parseInt(reply.getJsonObject("headers").getString("status"))
                : reply.getInteger("failureCode"))
        .describedAs(reply.encode())
        .isEqualTo(status);
    return reply;
  }

  public JsonObject next(Predicate<JsonObject> wanted, String what) {
    until(() -> frames.stream().anyMatch(wanted), what);
    return frames.stream().filter(wanted).findFirst().orElseThrow();
  }

  /** The events received so far. */
  public List<JsonObject> inbox() {
    return frames.stream()
        .filter(frame -> "inbox".equals(frame.getString("address")) && frame.containsKey("body"))
        .map(frame -> frame.getJsonObject("body"))
        .toList();
  }

  public List<JsonObject> inbox(String event) {
    return inbox().stream().filter(each -> event.equals(each.getString("event"))).toList();
  }

  public List<Long> revs(long conversation) {
    return inbox().stream()
        .filter(each -> each.getLong("rev") != null)
        .filter(each -> each.getLong("conversation_id") == conversation)
        .map(each -> each.getLong("rev"))
        .toList();
  }

  public JsonObject event(String event, Predicate<JsonObject> wanted) {
    until(() -> inbox(event).stream().anyMatch(wanted), event);
    return inbox(event).stream().filter(wanted).findFirst().orElseThrow();
  }

  public void until(BooleanSupplier condition, String what) {
    Await.until(() -> what + "; got " + last(), LIMIT, condition::getAsBoolean);
  }

  private String last() {
    List<JsonObject> all = new ArrayList<>(frames);
    return all.subList(Math.max(0, all.size() - 10), all.size())
        + (closed.isDone() ? ", closed with " + closed.join() : "");
  }

  public boolean isClosed() {
    return closed.isDone();
  }

  public int closeCode() {
    return closed.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
    part.append(text);
    if (last) {
      frames.add(new JsonObject(part.toString()));
      part.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }

  @Override
  public void close() {
    socket.abort();
  }
}
