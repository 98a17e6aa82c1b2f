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
 * A simulated provider: each request fails as planned or is accepted, once per idempotency key.
 * Confined to its event loop.
 */
final class SimulatedProvider {
  private static final int MAX_KEYS = 100_000;
  private static final int MAX_WAITING = 5_000;
  private static final int MAX_KEY = 200;

  /** Receives what became of requests. */
  interface RequestListener {
    /** The first request under its key was accepted. */
    void delivered(LedgerEntry entry, String id);

    /** A request was not accepted; {@code reason} says what the caller saw. */
    void refused(LedgerEntry entry, String reason);
  }

  private final Vertx vertx;
  private final String name;
  private final Function<FieldReader, SimulatedMessage> reader;
  private final Ledger ledger;
  private final String run;
  private final RequestListener listener;
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
      RequestListener listener) {
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

  void use(FaultPlan wanted) {
    plan = wanted;
  }

  /** The ledger entry of a request and its reply. */
  private record Handled(LedgerEntry entry, ProviderReply reply) {}

  /** Handles one request to send a message. */
  Future<ProviderReply> handle(SimulatorRequest request) {
    Optional<String> key = request.header("Idempotency-Key");
    Fault fault = plan.next();
    Handled handled =
        switch (fault.ending()) {
          case RESET ->
              new Handled(
                  logRefused(request.body(), key, "connection reset"), new ProviderReply.Reset());
          case SILENT ->
              new Handled(
                  logRefused(request.body(), key, "never answered"), new ProviderReply.Silent());
          case REFUSAL ->
              new Handled(
                  logRefused(request.body(), key, "answered " + fault.status()), refusal(fault));
          case DELIVERY -> accept(request.body(), key);
          case DROP_REPLY ->
              new Handled(accept(request.body(), key).entry(), new ProviderReply.Lost());
        };
    return delay(fault.delayMs(), handled.reply())
        .map(reply -> recorded(handled.entry(), reply, request));
  }

  private Handled accept(Buffer body, Optional<String> key) {
    Optional<SimulatorProblem> problem = problem(key);
    if (problem.isEmpty()) {
      try {
        LedgerEntry entry = logAccepted(reader.apply(FieldReader.of(body)), key);
        return new Handled(entry, accepted(entry));
      } catch (SimulatorProblem.Rejection refused) {
        problem = Optional.of(refused.problem());
      } catch (MalformedText malformed) {
        problem = Optional.of(SimulatorProblem.malformed(malformed.reason()));
      }
    }
    SimulatorProblem refusal = problem.get();
    String reason = "answered " + refusal.status() + ": " + refusal.detail();
    return new Handled(logRefused(body, key, reason), refusal.reply());
  }

  private static Optional<SimulatorProblem> problem(Optional<String> key) {
    return key.filter(text -> text.length() > MAX_KEY || !text.matches("[!-~]+"))
        .map(
            text ->
                SimulatorProblem.malformed(
                    "Idempotency-Key must be 1 to " + MAX_KEY + " printable characters."));
  }

  private LedgerEntry logRefused(Buffer body, Optional<String> key, String reason) {
    SimulatedMessage message = SimulatedMessage.ofRefused(body);
    Instant now = Instant.now();
    Optional<String> keyPrefix =
        key.map(text -> text.substring(0, Math.min(text.length(), MAX_KEY)));
    LedgerEntry entry =
        ledger.add(
            number ->
                new LedgerEntry(number, name, Optional.empty(), message, keyPrefix, now, false));
    listener.refused(entry, reason);
    return entry;
  }

  private LedgerEntry logAccepted(SimulatedMessage message, Optional<String> key) {
    Optional<String> known = key.map(ids::get);
    String id = known.orElseGet(() -> name + "-" + run + "-" + ++last);
    Instant now = Instant.now();
    LedgerEntry entry =
        ledger.add(
            number ->
                new LedgerEntry(number, name, Optional.of(id), message, key, now, known.isEmpty()));
    if (known.isEmpty()) {
      key.ifPresent(text -> remember(text, id));
      listener.delivered(entry, id);
    }
    return entry;
  }

  private void remember(String key, String id) {
    ids.put(key, id);
    if (ids.size() > MAX_KEYS) {
      ids.remove(ids.keySet().iterator().next());
    }
  }

  private static ProviderReply accepted(LedgerEntry entry) {
    return ProviderReply.json(202, json -> json.writeStringField("id", entry.id.orElseThrow()));
  }

  private static ProviderReply refusal(Fault fault) {
    String code = fault.status() == 429 ? "too_many" : "simulated";
    ProviderReply.Answer answer =
        (ProviderReply.Answer)
            SimulatorProblem.of(fault.status(), code, "Simulated fault", "Set by PUT /faults.")
                .reply();
    OptionalLong wait = fault.retryAfter();
    return wait.isEmpty()
        ? answer
        : new ProviderReply.Answer(
            answer.status(),
            answer.type(),
            Map.of("Retry-After", Long.toString(wait.getAsLong())),
            answer.body());
  }

  private Future<ProviderReply> delay(int ms, ProviderReply reply) {
    if (ms == 0 || waiting == MAX_WAITING) {
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

  // a client that closed the connection received nothing
  private static ProviderReply recorded(
      LedgerEntry entry, ProviderReply reply, SimulatorRequest request) {
    if (reply instanceof ProviderReply.Answer answer && !request.isAborted()) {
      entry.answered(answer.status());
    }
    return reply;
  }
}
