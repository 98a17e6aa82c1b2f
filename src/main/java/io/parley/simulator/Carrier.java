package io.parley.simulator;

import io.parley.json.MalformedText;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * One simulated provider: what comes in fails as planned, or is taken, once for each key. Confined
 * to its event loop.
 */
final class Carrier {
  private static final int MOST_KEYS = 100_000;
  private static final int MOST_WAITING = 5_000;
  private static final int MOST_KEY = 200;

  /** Somebody who hears of deliveries. */
  interface Listener {
    void delivered(Entry entry, String id);
  }

  private final Vertx vertx;
  private final String name;
  private final Function<Fields, Message> reader;
  private final Ledger ledger;
  private final String run;
  private final Listener listener;
  private final Map<String, String> ids = new LinkedHashMap<>();
  private Plan plan = new Plan.Healthy();
  private long last;
  private int waiting;

  Carrier(
      Vertx vertx,
      String name,
      Function<Fields, Message> reader,
      Ledger ledger,
      String run,
      Listener listener) {
    this.vertx = vertx;
    this.name = name;
    this.reader = reader;
    this.ledger = ledger;
    this.run = run;
    this.listener = listener;
  }

  String name() {
    return name;
  }

  Plan plan() {
    return plan;
  }

  void fail(Plan wanted) {
    plan = wanted;
  }

  /** How one request stands in the ledger, and what its caller is to hear. */
  private record Judged(Entry entry, Reply reply) {}

  /** One request to send a message. */
  Future<Reply> take(Call call) {
    Optional<String> key = call.header("Idempotency-Key");
    Mishap mishap = plan.next();
    Judged judged =
        switch (mishap.ending()) {
          case RESET -> new Judged(untaken(call.body(), key), new Reply.Reset());
          case SILENT -> new Judged(untaken(call.body(), key), new Reply.Silent());
          case REFUSAL -> new Judged(untaken(call.body(), key), refusal(mishap));
          case DELIVERY -> judged(call.body(), key);
          case DROP_REPLY -> new Judged(judged(call.body(), key).entry(), new Reply.Lost());
        };
    return late(mishap.delayMs(), judged.reply()).map(told -> noted(judged.entry(), told, call));
  }

  private Judged judged(Buffer body, Optional<String> key) {
    Optional<Problem> problem = problem(key);
    if (problem.isEmpty()) {
      try {
        Entry entry = taken(reader.apply(Fields.of(body)), key);
        return new Judged(entry, accepted(entry));
      } catch (Problem.Refused refused) {
        problem = Optional.of(refused.problem());
      } catch (MalformedText malformed) {
        problem = Optional.of(Problem.malformed(malformed.reason()));
      }
    }
    return new Judged(untaken(body, key), problem.get().reply());
  }

  private static Optional<Problem> problem(Optional<String> key) {
    return key.filter(text -> text.length() > MOST_KEY || !text.matches("[!-~]+"))
        .map(
            text ->
                Problem.malformed(
                    "Idempotency-Key must be 1 to " + MOST_KEY + " printable characters."));
  }

  private Entry untaken(Buffer body, Optional<String> key) {
    Message message = Message.unread(body);
    Instant now = Instant.now();
    Optional<String> kept = key.map(text -> text.substring(0, Math.min(text.length(), MOST_KEY)));
    return ledger.add(
        number -> new Entry(number, name, Optional.empty(), message, kept, now, false));
  }

  private Entry taken(Message message, Optional<String> key) {
    Optional<String> known = key.map(ids::get);
    String id = known.orElseGet(() -> name + "-" + run + "-" + ++last);
    Instant now = Instant.now();
    Entry entry =
        ledger.add(
            number -> new Entry(number, name, Optional.of(id), message, key, now, known.isEmpty()));
    if (known.isEmpty()) {
      key.ifPresent(text -> keep(text, id));
      listener.delivered(entry, id);
    }
    return entry;
  }

  private void keep(String key, String id) {
    ids.put(key, id);
    if (ids.size() > MOST_KEYS) {
      ids.remove(ids.keySet().iterator().next());
    }
  }

  private static Reply accepted(Entry entry) {
    return Reply.json(202, json -> json.writeStringField("id", entry.id.orElseThrow()));
  }

  private static Reply refusal(Mishap mishap) {
    String code = mishap.status() == 429 ? "too_many" : "simulated";
    Reply.Told told =
        (Reply.Told)
            Problem.of(
                    mishap.status(), code, "Not now", "This is what was asked for by PUT /faults.")
                .reply();
    OptionalLong wait = mishap.retryAfter();
    return wait.isEmpty()
        ? told
        : new Reply.Told(
            told.status(),
            told.type(),
            Map.of("Retry-After", Long.toString(wait.getAsLong())),
            told.body());
  }

  private Future<Reply> late(int ms, Reply reply) {
    if (ms == 0 || waiting == MOST_WAITING) {
      return Future.succeededFuture(reply);
    }
    Promise<Reply> later = Promise.promise();
    waiting++;
    vertx.setTimer(
        ms,
        fired -> {
          waiting--;
          later.complete(reply);
        });
    return later.future();
  }

  // whoever hung up was told nothing
  private static Reply noted(Entry entry, Reply reply, Call call) {
    if (reply instanceof Reply.Told told && !call.isGone()) {
      entry.answered(told.status());
    }
    return reply;
  }
}
