package io.parley.faults;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that write messages, and repeat each under its key until it is acknowledged: after no
 * answer, and after 429 and 5xx.
 */
final class RetryingWriters implements AutoCloseable {
  private static final long PAUSE_NANOS = 50_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final URI messages;
  private final String authorization;
  private final Set<Long> acknowledged = new ConcurrentSkipListSet<>();
  private final List<String> refusals = new CopyOnWriteArrayList<>();
  private final AtomicInteger repeated = new AtomicInteger();
  private volatile boolean stopped;

  /** Begins to write as {@code writers} clients at once. */
  RetryingWriters(String url, String authorization, long conversation, int writers) {
    this.messages = URI.create(url + "/api/conversations/" + conversation + "/messages");
    this.authorization = authorization;
    for (int writer = 0; writer < writers; writer++) {
      String name = "writer-" + System.nanoTime() + "-" + writer;
      threads.execute(() -> write(name));
    }
  }

  private void write(String name) {
    for (int i = 1; !stopped; i++) {
      JsonObject message = JsonObject.of("body", name + " " + i, "client_id", name + "-" + i);
      while (!isAcknowledged(message)) {
        repeated.incrementAndGet();
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private boolean isAcknowledged(JsonObject message) {
    HttpRequest request =
        HttpRequest.newBuilder(messages)
            .timeout(PATIENCE)
            .header("Authorization", authorization)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(message.encode()))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      if (answer.statusCode() == 201 || answer.statusCode() == 200) {
        acknowledged.add(new JsonObject(answer.body()).getLong("seq"));
        return true;
      }
      if (answer.statusCode() < 500 && answer.statusCode() != 429) {
        refusals.add(answer.statusCode() + " " + answer.body());
        return true;
      }
      return false;
    } catch (IOException unanswered) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** The items that were acknowledged. */
  Set<Long> acknowledged() {
    return acknowledged;
  }

  /** Answers that a client cannot do anything about. */
  List<String> refusals() {
    return refusals;
  }

  /** How many requests were repeated. */
  int repeated() {
    return repeated.get();
  }

  /** Lets every client get the acknowledgement of its last message. */
  @Override
  public void close() {
    stopped = true;
    threads.close();
    client.close();
  }
}
