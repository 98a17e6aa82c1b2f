package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Clients behind a load balancer that never repeat a request: every answer must be the expected
 * one. Each client does one thing again and again, at one of the gateways that the balancer has.
 */
final class UpgradeLoad implements AutoCloseable {
  private static final long PAUSE_NANOS = 4_000_000;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, AtomicInteger> inFlight = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> answered = new ConcurrentHashMap<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger turn = new AtomicInteger();
  private volatile List<String> gateways = List.of();
  private volatile boolean stopped;

  static String basic(String user) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":a good password").getBytes(StandardCharsets.UTF_8));
  }

  /** From now on requests go to these gateways; returns when no other one has any in flight. */
  void balance(String... urls) {
    List<String> before = gateways;
    for (String url : urls) {
      inFlight.putIfAbsent(url, new AtomicInteger());
    }
    gateways = List.of(urls);
    for (String url : before) {
      if (!gateways.contains(url)) {
        Await.until("the requests at " + url + " end", () -> inFlight.get(url).get() == 0);
      }
    }
  }

  /** One that takes requests now. */
  String gateway() {
    return gateways.getLast();
  }

  /** Repeats {@code step}, which is given the number of its repetition, until the load stops. */
  void repeat(IntConsumer step) {
    clients.execute(
        () -> {
          for (int i = 0; !stopped && failures.size() < 20; i++) {
            try {
              step.accept(i);
            } catch (AssertionError | RuntimeException failure) {
              failures.add(failure.toString());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
          }
        });
  }

  /** Requires one of these statuses; the answer. */
  JsonObject ask(String user, String method, String path, JsonObject body, Integer... statuses) {
    List<String> now = gateways;
    String gateway = now.get(Math.floorMod(turn.incrementAndGet(), now.size()));
    inFlight.get(gateway).incrementAndGet();
    try {
      HttpResponse<String> response =
          client.send(request(user, method, gateway + path, body), BodyHandlers.ofString());
      assertThat(response.statusCode())
          .describedAs("%s %s at %s: %s", method, path, gateway, response.body())
          .isIn((Object[]) statuses);
      answered.computeIfAbsent(gateway, any -> new AtomicInteger()).incrementAndGet();
      return response.body().startsWith("{") ? new JsonObject(response.body()) : new JsonObject();
    } catch (IOException e) {
      throw new AssertionError(method + " " + path + " at " + gateway + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      inFlight.get(gateway).decrementAndGet();
    }
  }

  private static HttpRequest request(String user, String method, String url, JsonObject body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10));
    if (!user.isEmpty()) {
      request.header("Authorization", basic(user));
    }
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return request
        .method(
            method,
            body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()))
        .build();
  }

  /** How many requests that gateway has answered. */
  int answered(String url) {
    return answered.getOrDefault(url, new AtomicInteger()).get();
  }

  /** Lets the clients work until that gateway has answered this many more requests. */
  void letAnswer(String url, int requests) {
    int goal = answered(url) + requests;
    Await.until(
        "requests are answered by " + url, () -> answered(url) >= goal || !failures.isEmpty());
    assertThat(failures()).isEmpty();
  }

  List<String> failures() {
    return new ArrayList<>(failures);
  }

  @Override
  public void close() {
    stopped = true;
    clients.close();
    client.close();
  }
}
