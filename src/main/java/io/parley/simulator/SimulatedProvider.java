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
final class SimulatedProvider {
  private static final int MOST_KEYS = 100_000;
  private static final int MOST_WAITING = 5_000;
  private static final int MOST_KEY = 200;

  /** Somebody who hears of deliveries. */
  interface Listener {
    void delivered(LedgerEntry entry, String id);
  }

  private final Vertx vertx;
  private final String name;
  private final Function<FieldReader, SimulatedMessage> reader;
  private final Ledger ledger;
  private final String run;
  private final Listener listener;
  private final Map<String, String> ids = new LinkedHashMap<>();
  private FaultPlan plan = new FaultPlan.Healthy();
  private long last;
  private int waiting;

  SimulatedProvider(
      Vertx vertx,
      String name,
      Function<FieldReader, SimulatedMessage> reader,
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

  FaultPlan plan() {
    return plan;
  }

  void fail(FaultPlan wanted) {
    plan = wanted;
  }

  /** How one request stands in the ledger, and what its caller is to hear. */
  private record Judged(LedgerEntry entry, ProviderReply reply) {}

  /** One request to send a message. */
  Future<ProviderReply> take(SimulatorRequest call) {
    Optional<String> key = call.header("Idempotency-Key");
    Fault mishap = plan.next();
    Judged judged =
        switch (mishap.ending()) {
          case RESET -> new Judged(untaken(call.body(), key), new ProviderReply.Reset());
          case SILENT -> new Judged(untaken(call.body(), key), new ProviderReply.Silent());
          case REFUSAL -> new Judged(untaken(call.body(), key), refusal(mishap));
          case DELIVERY -> judged(call.body(), key);
          case DROP_REPLY -> new Judged(judged(call.body(), key).entry(), new ProviderReply.Lost());
        };
    return late(mishap.delayMs(), judged.reply()).map(told -> noted(judged.entry(), told, call));
  }

  private Judged judged(Buffer body, Optional<String> key) {
    Optional<SimulatorProblem> problem = problem(key);
    if (problem.isEmpty()) {
      try {
        LedgerEntry entry = taken(reader.apply(FieldReader.of(body)), key);
        return new Judged(entry, accepted(entry));
      } catch (SimulatorProblem.Refused refused) {
        problem = Optional.of(refused.problem());
      } catch (MalformedText malformed) {
        problem = Optional.of(SimulatorProblem.malformed(malformed.reason()));
      }
    }
    return new Judged(untaken(body, key), problem.get().reply());
  }

  private static Optional<SimulatorProblem> problem(Optional<String> key) {
    return key.filter(text -> text.length() > MOST_KEY || !text.matches("[!-~]+"))
        .map(
            text ->
                SimulatorProblem.malformed(
                    "Idempotency-Key must be 1 to " + MOST_KEY + " printable characters."));
  }

  private LedgerEntry untaken(Buffer body, Optional<String> key) {
    SimulatedMessage message = SimulatedMessage.unread(body);
    Instant now = Instant.now();
    Optional<String> kept = key.map(text -> text.substring(0, Math.min(text.length(), MOST_KEY)));
    return ledger.add(
        number -> new LedgerEntry(number, name, Optional.empty(), message, kept, now, false));
  }

  private LedgerEntry taken(SimulatedMessage message, Optional<String> key) {
    Optional<String> known = key.map(ids::get);
    String id = known.orElseGet(() -> name + "-" + run + "-" + ++last);
    Instant now = Instant.now();
    LedgerEntry entry =
        ledger.add(
            number ->
                new LedgerEntry(number, name, Optional.of(id), message, key, now, known.isEmpty()));
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

  private static ProviderReply accepted(LedgerEntry entry) {
    return ProviderReply.json(202, json -> json.writeStringField("id", entry.id.orElseThrow()));
  }

  private static ProviderReply refusal(Fault mishap) {
    String code = mishap.status() == 429 ? "too_many" : "simulated";
    ProviderReply.Told told =
        (ProviderReply.Told)
            SimulatorProblem.of(
                    mishap.status(), code, "Not now", "This is what was asked for by PUT /faults.")
                .reply();
    OptionalLong wait = mishap.retryAfter();
    return wait.isEmpty()
        ? told
        : new ProviderReply.Told(
            told.status(),
            told.type(),
            Map.of("Retry-After", Long.toString(wait.getAsLong())),
            told.body());
  }

  private Future<ProviderReply> late(int ms, ProviderReply reply) {
    if (ms == 0 || waiting == MOST_WAITING) {
      return Future.succeededFuture(reply);
    }
    Promise<ProviderReply> later = Promise.promise();
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
  private static ProviderReply noted(
      LedgerEntry entry, ProviderReply reply, SimulatorRequest call) {
    if (reply instanceof ProviderReply.Told told && !call.isGone()) {
      entry.answered(told.status());
    }
    return reply;
  }
}
