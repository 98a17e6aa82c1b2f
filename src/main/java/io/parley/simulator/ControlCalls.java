package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.MalformedText;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** The calls by which a test, or a person, makes the simulator do what they want to see. */
final class ControlCalls {
  private static final int PAGE = 200;
  private static final int USUAL_PAGE = 50;

  private final String run;
  private final Map<String, SimulatedProvider> carriers;
  private final Ledger ledger;
  private final Screen sights;
  private final Callbacks callbacks;
  private final InboundMessages inbound;

  ControlCalls(
      String run,
      Map<String, SimulatedProvider> carriers,
      Ledger ledger,
      Screen sights,
      Callbacks callbacks,
      InboundMessages inbound) {
    this.run = run;
    this.carriers = carriers;
    this.ledger = ledger;
    this.sights = sights;
    this.callbacks = callbacks;
    this.inbound = inbound;
  }

  SimulatorRoutes addTo(SimulatorRoutes verbs) {
    return verbs
        .on("GET", "/ledger", this::page)
        .on("GET", "/faults/", this::faults)
        .on("PUT", "/faults/", this::fail)
        .on("DELETE", "/faults/", this::heal)
        .on("POST", "/inbound", this::write)
        .on("GET", "/callbacks", call -> callbacks())
        .on("POST", "/callbacks", this::callBack)
        .on("GET", "/view", this::view);
  }

  private Future<ProviderReply> page(SimulatorRequest call) {
    call.only("provider", "to", "limit", "cursor");
    Optional<String> provider = call.asked("provider");
    provider.ifPresent(this::carrier);
    // whoever forgets to encode the plus of a number means a plus
    Optional<String> to =
        call.asked("to").map(text -> text.startsWith(" ") ? "+" + text.substring(1) : text);
    Ledger.Search search = new Ledger.Search(provider, to);
    long after = call.asked("cursor", 0, Long.MAX_VALUE, 0);
    int limit = (int) call.asked("limit", 1, PAGE, USUAL_PAGE);
    Ledger.Page page = ledger.page(search, after, limit);
    return ok(
        json -> {
          json.writeArrayFieldStart("data");
          for (LedgerEntry entry : page.entries()) {
            entry.write(json);
          }
          json.writeEndArray();
          json.writeStringField("next", page.next().map(String::valueOf).orElse(null));
        });
  }

  private SimulatedProvider carrier(String name) {
    SimulatedProvider carrier = carriers.get(name);
    if (carrier == null) {
      throw new SimulatorProblem.Refused(
          SimulatorProblem.notFound(
              "There are the providers " + String.join(", ", carriers.keySet()) + "."));
    }
    return carrier;
  }

  private Future<ProviderReply> faults(SimulatorRequest call) {
    return told(carrier(call.parameter()));
  }

  private Future<ProviderReply> fail(SimulatorRequest call) throws MalformedText {
    SimulatedProvider carrier = carrier(call.parameter());
    // no more digits than JavaScript keeps, so that it can be shown and used again
    long seed = ThreadLocalRandom.current().nextLong(1L << 53);
    carrier.fail(FaultPlan.read(FieldReader.of(call.body()), seed));
    return told(carrier);
  }

  private Future<ProviderReply> heal(SimulatorRequest call) {
    SimulatedProvider carrier = carrier(call.parameter());
    carrier.fail(new FaultPlan.Healthy());
    return told(carrier);
  }

  private static Future<ProviderReply> told(SimulatedProvider carrier) {
    return ok(
        json -> {
          json.writeStringField("provider", carrier.name());
          carrier.plan().write(json);
        });
  }

  private Future<ProviderReply> write(SimulatorRequest call) throws MalformedText {
    return inbound.write(SimulatedMessage.written(FieldReader.of(call.body())));
  }

  private Future<ProviderReply> callBack(SimulatorRequest call) throws MalformedText {
    FieldReader fields = FieldReader.of(call.body());
    String mode = fields.matching("mode", Callbacks.MODES, Callbacks.MODES_IN_WORDS);
    long seed =
        fields
            .whole("seed", Long.MIN_VALUE, Long.MAX_VALUE)
            .orElse(ThreadLocalRandom.current().nextLong());
    fields.check();
    callbacks.as(Callbacks.Mode.of(mode), seed);
    return callbacks();
  }

  private Future<ProviderReply> callbacks() {
    return ok(this::callbacks);
  }

  private void callbacks(JsonGenerator json) throws IOException {
    json.writeStringField("mode", callbacks.mode().text());
    json.writeNumberField("pending", callbacks.pending());
    json.writeNumberField("lost", callbacks.lost());
  }

  /** What the page shows: what is new since it last asked. */
  private Future<ProviderReply> view(SimulatorRequest call) {
    call.only("since");
    long since = call.asked("since", 0, Long.MAX_VALUE, 0);
    return ok(
        json -> {
          json.writeStringField("run", run);
          json.writeObjectFieldStart("callbacks");
          callbacks(json);
          json.writeEndObject();
          json.writeObjectFieldStart("faults");
          for (SimulatedProvider carrier : carriers.values()) {
            json.writeObjectFieldStart(carrier.name());
            carrier.plan().write(json);
            json.writeEndObject();
          }
          json.writeEndObject();
          sights.write(json, since);
        });
  }

  private static Future<ProviderReply> ok(io.parley.json.JsonBytes.Part fields) {
    return Future.succeededFuture(ProviderReply.json(200, fields));
  }
}
