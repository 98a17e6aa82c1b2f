package io.parley.faults;

import io.parley.settings.ProviderSettings;
import io.parley.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A fake provider that records accepted messages once per key and fails on request. Confined to its
 * event loop, except for the queries, which are synchronized.
 */
public final class FaultyProvider implements AutoCloseable {
  /** What happens to a request. */
  public enum Fault {
    NONE,
    /** Not taken, but the answer does not say so. */
    BROKEN,
    /** Not taken, and said so. */
    DOWN,
    BUSY,
    /** The connection ends, and the message was not taken. */
    RESET,
    /** Taken, and the answer never comes. */
    DROP_REPLY,
    /** Taken, and the answer comes too late. */
    SILENCE
  }

  /** A message taken: for the first time, that is. */
  public record Taken(String reference, String to, String body, String id) {}

  private final Vertx vertx = Vertx.vertx();
  private final Random random;
  private final Map<String, Taken> byKey = new HashMap<>();
  private final List<Taken> taken = new ArrayList<>();
  private final HttpServer server;
  private volatile Map<Fault, Double> rates = Map.of();
  private volatile Consumer<Taken> whenTaken = message -> {};
  private final Deque<Fault> script = new ArrayDeque<>();
  private int requests;

  public FaultyProvider(long seed) {
    random = new Random(seed);
    server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .requestHandler(
                request -> request.body().onSuccess(body -> answer(request, body.toJsonObject())));
    Await.result(server.listen());
  }

  public ProviderSettings settings(String name) {
    return new ProviderSettings(
        name,
        "json",
        false,
        "http://127.0.0.1:" + server.actualPort(),
        16,
        0,
        Duration.ofMillis(400));
  }

  public void fail(Map<Fault, Double> faults) {
    rates = faults;
  }

  /** What happens to the next requests, whatever the rates are. */
  public synchronized void next(Fault... faults) {
    script.addAll(List.of(faults));
  }

  void onTaken(Consumer<Taken> listener) {
    whenTaken = listener;
  }

  public synchronized List<Taken> taken() {
    return List.copyOf(taken);
  }

  synchronized int requests() {
    return requests;
  }

  private synchronized Fault drawn() {
    requests++;
    if (!script.isEmpty()) {
      return script.remove();
    }
    double left = random.nextDouble();
    for (Fault fault : Fault.values()) {
      left -= rates.getOrDefault(fault, 0.0);
      if (left < 0) {
        return fault;
      }
    }
    return Fault.NONE;
  }

  private void answer(HttpServerRequest request, JsonObject message) {
    Fault fault = drawn();
    switch (fault) {
      case BROKEN -> request.response().setStatusCode(500).end();
      case DOWN -> request.response().setStatusCode(503).end();
      case BUSY -> request.response().setStatusCode(429).putHeader("Retry-After", "0").end();
      case RESET -> request.connection().close();
      case NONE, DROP_REPLY, SILENCE -> {
        Taken kept = keep(request.getHeader("Idempotency-Key"), message);
        if (fault == Fault.NONE) {
          request
              .response()
              .setStatusCode(202)
              .putHeader("Content-Type", "application/json")
              .end(new JsonObject().put("id", kept.id()).encode());
        } else if (fault == Fault.DROP_REPLY) {
          request.connection().close();
        }
      }
    }
  }

  private Taken keep(String key, JsonObject message) {
    Taken kept;
    boolean fresh;
    synchronized (this) {
      fresh = !byKey.containsKey(key);
      kept =
          byKey.computeIfAbsent(
              key,
              any ->
                  new Taken(
                      message.getString("reference"),
                      message.getString("to"),
                      message.getString("body"),
                      "id-" + key));
      if (fresh) {
        taken.add(kept);
      }
    }
    if (fresh) {
      whenTaken.accept(kept);
    }
    return kept;
  }

  @Override
  public void close() {
    Await.result(vertx.close());
  }
}
