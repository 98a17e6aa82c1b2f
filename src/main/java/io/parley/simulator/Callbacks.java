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

/** Tells the gateway what became of a message. Confined to its event loop. */
final class Callbacks {
  static final int MOST_PENDING = 10_000;
  static final Pattern MODES = Pattern.compile("in-order|shuffled|duplicated|off");
  static final String MODES_IN_WORDS = "must be in-order, shuffled, duplicated or off";
  private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
  private static final String PATH = "/api/webhooks/status";
  private static final int ATTEMPTS = 15;
  private static final long FIRST_PAUSE_MS = 250;
  private static final long LONGEST_PAUSE_MS = 5_000;
  private static final long SOON_MS = 20;
  private static final int SPREAD_MS = 500;

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
  private final GatewayClient line;
  private Mode mode = Mode.IN_ORDER;
  private Random random = new Random();
  private int pending;
  private long lost;

  Callbacks(Vertx vertx, GatewayClient line) {
    this.vertx = vertx;
    this.line = line;
  }

  Mode mode() {
    return mode;
  }

  /** How many are on their way. */
  int pending() {
    return pending;
  }

  /** How many the gateway never took. */
  long lost() {
    return lost;
  }

  /** From the next message on. */
  void as(Mode wanted, long seed) {
    mode = wanted;
    random = new Random(seed);
  }

  /** A message was delivered for the first time; it is told a little later. */
  void delivered(LedgerEntry entry, String id) {
    switch (mode) {
      case OFF -> {}
      case IN_ORDER -> oneByOne(entry, id, List.of("sent", "delivered"));
      case DUPLICATED -> oneByOne(entry, id, List.of("sent", "sent", "delivered", "delivered"));
      case SHUFFLED -> {
        List<String> states = new ArrayList<>(List.of("sent", "delivered"));
        Collections.shuffle(states, random);
        // each on its own: they overtake each other, those of other messages, and the answer
        states.forEach(
            state -> after(1 + random.nextInt(SPREAD_MS), () -> tell(body(entry, id, state))));
      }
    }
  }

  private void oneByOne(LedgerEntry entry, String id, List<String> states) {
    after(
        SOON_MS,
        () -> {
          Future<Void> told = Future.succeededFuture();
          for (String state : states) {
            told = told.transform(before -> tell(body(entry, id, state)));
          }
          return told;
        });
  }

  private void after(long ms, java.util.function.Supplier<Future<Void>> tell) {
    if (pending == MOST_PENDING) {
      lost++;
      return;
    }
    pending++;
    vertx.setTimer(ms, fired -> tell.get().onComplete(told -> pending--));
  }

  private Future<Void> tell(Buffer callback) {
    return tell(callback, 1);
  }

  private Future<Void> tell(Buffer callback, int attempt) {
    return line.post(PATH, callback)
        .transform(
            (said, failure) -> {
              if (failure == null && !said.isTrouble()) {
                count(said);
                return Future.succeededFuture();
              }
              if (attempt == ATTEMPTS) {
                lost++;
                return Future.succeededFuture();
              }
              return pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << (attempt - 1)))
                  .compose(fired -> tell(callback, attempt + 1));
            });
  }

  private void count(GatewayClient.Said said) {
    if (said.status() / 100 != 2) {
      lost++;
      LOG.atDebug().addKeyValue("status", said.status()).log("a callback was refused");
    }
  }

  private Future<Void> pause(long ms) {
    Promise<Void> over = Promise.promise();
    vertx.setTimer(ms, fired -> over.complete());
    return over.future();
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
