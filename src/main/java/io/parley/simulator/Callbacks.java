package io.parley.simulator;

import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivery reports to the gateway, in a chosen order. Confined to its event loop. */
final class Callbacks {
  static final int MAX_PENDING = 10_000;
  static final Pattern MODES = Pattern.compile("in-order|shuffled|duplicated|off");
  static final String MODES_RULE = "must be in-order, shuffled, duplicated or off";
  private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
  private static final String PATH = "/api/webhooks/status";
  private static final int ATTEMPTS = 15;
  private static final long FIRST_PAUSE_MS = 250;
  private static final long MAX_PAUSE_MS = 5_000;
  private static final long DELAY_MS = 20;
  private static final int MAX_SHUFFLE_MS = 500;

  enum Mode {
    IN_ORDER,
    SHUFFLED,
    DUPLICATED,
    OFF;

    static Mode of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final Vertx vertx;
  private final GatewayClient gateway;
  private Mode mode = Mode.IN_ORDER;
  private Random random = new Random();
  private int pending;
  private long lost;

  Callbacks(Vertx vertx, GatewayClient gateway) {
    this.vertx = vertx;
    this.gateway = gateway;
  }

  Mode mode() {
    return mode;
  }

  /** The number of callbacks that are not finished. */
  int pending() {
    return pending;
  }

  /** The number of callbacks that the gateway never accepted. */
  long lost() {
    return lost;
  }

  /** Applies from the next message on. */
  void use(Mode wanted, long seed) {
    mode = wanted;
    random = new Random(seed);
  }

  /** Reports the first delivery of a message, a little later. */
  void delivered(LedgerEntry entry, String id) {
    switch (mode) {
      case OFF -> {}
      case IN_ORDER -> inSequence(entry, id, List.of("sent", "delivered"));
      case DUPLICATED -> inSequence(entry, id, List.of("sent", "sent", "delivered", "delivered"));
      case SHUFFLED -> {
        List<String> states = new ArrayList<>(List.of("sent", "delivered"));
        Collections.shuffle(states, random);
        // each at a time of its own: they overtake each other and the answer to the request
        states.forEach(
            state ->
                after(1 + random.nextInt(MAX_SHUFFLE_MS), () -> report(body(entry, id, state))));
      }
    }
  }

  private void inSequence(LedgerEntry entry, String id, List<String> states) {
    after(
        DELAY_MS,
        () -> {
          Future<Void> reported = Future.succeededFuture();
          for (String state : states) {
            reported = reported.transform(previous -> report(body(entry, id, state)));
          }
          return reported;
        });
  }

  private void after(long ms, java.util.function.Supplier<Future<Void>> action) {
    if (pending == MAX_PENDING) {
      lost++;
      return;
    }
    pending++;
    vertx.setTimer(ms, fired -> action.get().onComplete(done -> pending--));
  }

  private Future<Void> report(Buffer callback) {
    return report(callback, 1);
  }

  private Future<Void> report(Buffer callback, int attempt) {
    return gateway
        .post(PATH, callback)
        .transform(
            (answer, failure) -> {
              if (failure == null && !answer.isRetryable()) {
                count(answer);
                return Future.succeededFuture();
              }
              if (attempt == ATTEMPTS) {
                lost++;
                return Future.succeededFuture();
              }
              return pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << (attempt - 1)))
                  .compose(fired -> report(callback, attempt + 1));
            });
  }

  private void count(GatewayClient.GatewayAnswer answer) {
    if (answer.status() / 100 != 2) {
      lost++;
      LOG.atDebug().addKeyValue("status", answer.status()).log("Callback refused");
    }
  }

  private Future<Void> pause(long ms) {
    Promise<Void> elapsed = Promise.promise();
    vertx.setTimer(ms, fired -> elapsed.complete());
    return elapsed.future();
  }

  private static Buffer body(LedgerEntry entry, String id, String state) {
    return JsonBytes.object(
        json -> {
          json.writeStringField("provider", entry.provider);
          json.writeStringField("id", id);
          if (entry.message.reference().isPresent()) {
            json.writeStringField("reference", entry.message.reference().get());
          }
          json.writeStringField("state", state);
          json.writeStringField("at", Times.text(Instant.now()));
        });
  }
}
