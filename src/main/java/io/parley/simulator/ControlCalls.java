package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.MalformedText;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** The control API: the ledger, faults, inbound messages, callback modes and the page's view. */
final class ControlCalls {
  private static final int MAX_LIMIT = 200;
  private static final int DEFAULT_LIMIT = 50;

  private final String run;
  private final Map<String, SimulatedProvider> providers;
  private final Ledger ledger;
  private final Screen screen;
  private final Callbacks callbacks;
  private final InboundMessages inbound;

  ControlCalls(
      String run,
      Map<String, SimulatedProvider> providers,
      Ledger ledger,
      Screen screen,
      Callbacks callbacks,
      InboundMessages inbound) {
    this.run = run;
    this.providers = providers;
    this.ledger = ledger;
    this.screen = screen;
    this.callbacks = callbacks;
    this.inbound = inbound;
  }

  SimulatorRoutes addTo(SimulatorRoutes routes) {
    return routes
        .on("GET", "/ledger", this::listLedger)
        .on("GET", "/faults/", this::getFaults)
        .on("PUT", "/faults/", this::setFaults)
        .on("DELETE", "/faults/", this::clearFaults)
        .on("POST", "/inbound", this::receiveInbound)
        .on("POST", "/contacts", this::checkContact)
        .on("GET", "/callbacks", request -> callbacks())
        .on("POST", "/callbacks", this::setCallbackMode)
        .on("GET", "/view", this::view);
  }

  private Future<ProviderReply> listLedger(SimulatorRequest request) {
    request.allowOnly("provider", "to", "limit", "cursor");
    Optional<String> provider = request.parameter("provider");
    provider.ifPresent(this::provider);
    // a leading space is the plus of a phone number that was not percent-encoded
    Optional<String> to =
        request.parameter("to").map(text -> text.startsWith(" ") ? "+" + text.substring(1) : text);
    Ledger.Search search = new Ledger.Search(provider, to);
    long after = request.parameter("cursor", 0, Long.MAX_VALUE, 0);
    int limit = (int) request.parameter("limit", 1, MAX_LIMIT, DEFAULT_LIMIT);
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

  private SimulatedProvider provider(String name) {
    SimulatedProvider provider = providers.get(name);
    if (provider == null) {
      throw new SimulatorProblem.Rejection(
          SimulatorProblem.notFound(
              "Known providers: " + String.join(", ", providers.keySet()) + "."));
    }
    return provider;
  }

  private Future<ProviderReply> getFaults(SimulatorRequest request) {
    return describe(provider(request.pathParameter()));
  }

  private Future<ProviderReply> setFaults(SimulatorRequest request) throws MalformedText {
    SimulatedProvider provider = provider(request.pathParameter());
    // at most 53 bits, so that JavaScript can show it and send it back
    long seed = ThreadLocalRandom.current().nextLong(1L << 53);
    provider.use(FaultPlan.read(FieldReader.of(request.body()), seed));
    return describe(provider);
  }

  private Future<ProviderReply> clearFaults(SimulatorRequest request) {
    SimulatedProvider provider = provider(request.pathParameter());
    provider.use(new FaultPlan.Healthy());
    return describe(provider);
  }

  private static Future<ProviderReply> describe(SimulatedProvider provider) {
    return ok(
        json -> {
          json.writeStringField("provider", provider.name());
          provider.plan().write(json);
        });
  }

  private Future<ProviderReply> receiveInbound(SimulatorRequest request) throws MalformedText {
    return inbound.send(SimulatedMessage.inbound(FieldReader.of(request.body())));
  }

  /** Says under which address the page shows a contact. */
  private Future<ProviderReply> checkContact(SimulatorRequest request) throws MalformedText {
    String address = ContactAddress.read(FieldReader.of(request.body()));
    return ok(json -> json.writeStringField("address", address));
  }

  private Future<ProviderReply> setCallbackMode(SimulatorRequest request) throws MalformedText {
    FieldReader fields = FieldReader.of(request.body());
    String mode = fields.matching("mode", Callbacks.MODES, Callbacks.MODES_RULE);
    long seed =
        fields
            .whole("seed", Long.MIN_VALUE, Long.MAX_VALUE)
            .orElse(ThreadLocalRandom.current().nextLong());
    fields.check();
    callbacks.use(Callbacks.Mode.of(mode), seed);
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

  /** What the page shows: the changes since its last request. */
  private Future<ProviderReply> view(SimulatorRequest request) {
    request.allowOnly("since");
    long since = request.parameter("since", 0, Long.MAX_VALUE, 0);
    return ok(
        json -> {
          json.writeStringField("run", run);
          json.writeObjectFieldStart("callbacks");
          callbacks(json);
          json.writeEndObject();
          json.writeObjectFieldStart("faults");
          for (SimulatedProvider provider : providers.values()) {
            json.writeObjectFieldStart(provider.name());
            provider.plan().write(json);
            json.writeEndObject();
          }
          json.writeEndObject();
          screen.write(json, since);
        });
  }

  private static Future<ProviderReply> ok(io.parley.json.JsonBytes.Part fields) {
    return Future.succeededFuture(ProviderReply.json(200, fields));
  }
}
