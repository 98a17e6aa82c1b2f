package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.MalformedText;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** The calls by which a test, or a person, makes the simulator do what they want to see. */
final class Controls {
  private static final int PAGE = 200;
  private static final int USUAL_PAGE = 50;

  private final String run;
  private final Map<String, Carrier> carriers;
  private final Ledger ledger;
  private final Sights sights;
  private final Callbacks callbacks;
  private final Inbound inbound;

  Controls(
      String run,
      Map<String, Carrier> carriers,
      Ledger ledger,
      Sights sights,
      Callbacks callbacks,
      Inbound inbound) {
    this.run = run;
    this.carriers = carriers;
    this.ledger = ledger;
    this.sights = sights;
    this.callbacks = callbacks;
    this.inbound = inbound;
  }

  Verbs addTo(Verbs verbs) {
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

  private Future<Reply> page(Call call) {
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
          for (Entry entry : page.entries()) {
            entry.write(json);
          }
          json.writeEndArray();
          json.writeStringField("next", page.next().map(String::valueOf).orElse(null));
        });
  }

  private Carrier carrier(String name) {
    Carrier carrier = carriers.get(name);
    if (carrier == null) {
      throw new Problem.Refused(
          Problem.notFound(
              "There are the providers " + String.join(", ", carriers.keySet()) + "."));
    }
    return carrier;
  }

  private Future<Reply> faults(Call call) {
    return told(carrier(call.parameter()));
  }

  private Future<Reply> fail(Call call) throws MalformedText {
    Carrier carrier = carrier(call.parameter());
    // no more digits than JavaScript keeps, so that it can be shown and used again
    long seed = ThreadLocalRandom.current().nextLong(1L << 53);
    carrier.fail(Plan.read(Fields.of(call.body()), seed));
    return told(carrier);
  }

  private Future<Reply> heal(Call call) {
    Carrier carrier = carrier(call.parameter());
    carrier.fail(new Plan.Healthy());
    return told(carrier);
  }

  private static Future<Reply> told(Carrier carrier) {
    return ok(
        json -> {
          json.writeStringField("provider", carrier.name());
          carrier.plan().write(json);
        });
  }

  private Future<Reply> write(Call call) throws MalformedText {
    return inbound.write(Message.written(Fields.of(call.body())));
  }

  private Future<Reply> callBack(Call call) throws MalformedText {
    Fields fields = Fields.of(call.body());
    String mode = fields.matching("mode", Callbacks.MODES, Callbacks.MODES_IN_WORDS);
    long seed =
        fields
            .whole("seed", Long.MIN_VALUE, Long.MAX_VALUE)
            .orElse(ThreadLocalRandom.current().nextLong());
    fields.check();
    callbacks.as(Callbacks.Mode.of(mode), seed);
    return callbacks();
  }

  private Future<Reply> callbacks() {
    return ok(this::callbacks);
  }

  private void callbacks(JsonGenerator json) throws IOException {
    json.writeStringField("mode", callbacks.mode().text());
    json.writeNumberField("pending", callbacks.pending());
    json.writeNumberField("lost", callbacks.lost());
  }

  /** What the page shows: what is new since it last asked. */
  private Future<Reply> view(Call call) {
    call.only("since");
    long since = call.asked("since", 0, Long.MAX_VALUE, 0);
    return ok(
        json -> {
          json.writeStringField("run", run);
          json.writeObjectFieldStart("callbacks");
          callbacks(json);
          json.writeEndObject();
          json.writeObjectFieldStart("faults");
          for (Carrier carrier : carriers.values()) {
            json.writeObjectFieldStart(carrier.name());
            carrier.plan().write(json);
            json.writeEndObject();
          }
          json.writeEndObject();
          sights.write(json, since);
        });
  }

  private static Future<Reply> ok(io.parley.json.JsonBytes.Part fields) {
    return Future.succeededFuture(Reply.json(200, fields));
  }
}
