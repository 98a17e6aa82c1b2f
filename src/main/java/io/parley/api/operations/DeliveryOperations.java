package io.parley.api.operations;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.channel.Address;
import io.parley.channel.DeliveryEntry;
import io.parley.channel.DeliveryFilter;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.CountDeliveries;
import io.parley.channel.DispatchVerbs.CountQueues;
import io.parley.channel.DispatchVerbs.Deliveries;
import io.parley.channel.DispatchVerbs.DeliveryCounts;
import io.parley.channel.DispatchVerbs.FindAttempts;
import io.parley.channel.DispatchVerbs.FindDeliveries;
import io.parley.channel.DispatchVerbs.FindDelivery;
import io.parley.channel.DispatchVerbs.FindProviders;
import io.parley.channel.DispatchVerbs.FoundAttempts;
import io.parley.channel.DispatchVerbs.Providers;
import io.parley.channel.DispatchVerbs.Queue;
import io.parley.channel.DispatchVerbs.Queues;
import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.DispatchVerbs.Redrive;
import io.parley.channel.DispatchVerbs.RedriveAll;
import io.parley.channel.DispatchVerbs.Redriven;
import io.parley.channel.ProviderEntry;
import io.parley.json.JsonBytes;
import io.parley.settings.ChannelSettings;
import io.parley.timeline.Channel;
import io.parley.timeline.DeliveryState;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The operations on deliveries and providers, and the webhook for delivery statuses. */
public final class DeliveryOperations {
  private static final String PROVIDERS = "providers";
  private static final String DELIVERY = "delivery";

  private final Bus bus;
  private final String region;
  private final CallLimits limits;

  public DeliveryOperations(Bus bus, ChannelSettings settings, CallLimits limits) {
    this.bus = bus;
    this.limits = limits;
    this.region = settings.region();
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "listDeliveries", (caller, input) -> list(input),
        "getDelivery", (caller, input) -> get(input),
        "countDeliveries", (caller, input) -> count(input),
        "listAttempts", (caller, input) -> attempts(input),
        "redriveDelivery", (caller, input) -> redrive(input),
        "redriveDeliveries", this::redriveAll,
        "listProviders", (caller, input) -> providers(input),
        "receiveStatus", (caller, input) -> receive(input));
  }

  private Future<Answer> list(Input input) {
    DeliveryFilter filter = filter(input);
    String list = "deliveries " + filter;
    FindDeliveries question =
        new FindDeliveries(filter, position(input, list), (int) input.number("limit"));
    return bus.request(DispatchVerbs.FIND_DELIVERIES, question)
        .map(found -> Answer.ok(ListEnvelope.of(found.deliveries(), next(list, found))));
  }

  private DeliveryFilter filter(Input input) {
    return new DeliveryFilter(
        input.optionalText("state").map(DeliveryState::of),
        input.optionalText("provider"),
        input.optionalNumber("conversation"),
        input.optionalText("to").map(this::handle));
  }

  private String handle(String address) {
    return Address.of(address.contains("@") ? Channel.EMAIL : Channel.SMS, address, region)
        .orElseThrow(
            () ->
                new Problem.Refused(
                    Problem.invalid("to", "must be a phone number, a short code or a mailbox")))
        .handle();
  }

  /** The id where the previous page of this list ended. */
  private static OptionalLong position(Input input, String list) {
    return input
        .optionalText("cursor")
        .map(text -> OptionalLong.of(Cursor.number(Cursor.read(text, list, 1).getFirst())))
        .orElse(OptionalLong.empty());
  }

  private Future<Answer> count(Input input) {
    return bus.request(DispatchVerbs.COUNT_DELIVERIES, new CountDeliveries(filter(input)))
        .map(counts -> Answer.ok(json -> write(json, counts)));
  }

  private static void write(JsonGenerator json, DeliveryCounts counts) throws IOException {
    json.writeStartObject();
    for (DeliveryState state : DeliveryState.values()) {
      json.writeNumberField(state.text(), counts.byState().getOrDefault(state, 0L));
    }
    json.writeBooleanField("more", counts.more());
    json.writeEndObject();
  }

  private static Optional<Cursor> next(String list, Deliveries found) {
    return found.more()
        ? Optional.of(new Cursor(list, List.of(Long.toString(found.deliveries().getLast().id()))))
        : Optional.empty();
  }

  private Future<Answer> get(Input input) {
    return bus.request(DispatchVerbs.FIND_DELIVERY, new FindDelivery(input.number(DELIVERY)))
        .map(result -> RefusalProblems.answer(result, Answer::ok));
  }

  private Future<Answer> attempts(Input input) {
    long delivery = input.number(DELIVERY);
    String list = "attempts " + delivery;
    long after =
        input
            .optionalText("cursor")
            .map(text -> Cursor.number(Cursor.read(text, list, 1).getFirst()))
            .orElse(0L);
    FindAttempts question =
        new FindAttempts(delivery, Math.max(0, after), (int) input.number("limit"));
    return bus.request(DispatchVerbs.FIND_ATTEMPTS, question)
        .map(result -> RefusalProblems.answer(result, found -> attempts(list, found)));
  }

  private static Answer attempts(String list, FoundAttempts found) {
    Optional<Cursor> next =
        found.more()
            ? Optional.of(
                new Cursor(list, List.of(Long.toString(found.attempts().getLast().number()))))
            : Optional.empty();
    return Answer.ok(ListEnvelope.of(found.attempts(), next));
  }

  private Future<Answer> redrive(Input input) {
    return bus.request(DispatchVerbs.REDRIVE, new Redrive(input.number(DELIVERY)))
        .map(result -> RefusalProblems.answer(result, (DeliveryEntry entry) -> accepted(entry)));
  }

  // the call counts as one delivery
  private Future<Answer> redriveAll(Caller caller, Input input) {
    DeliveryFilter filter = filter(input);
    String list = "redrive " + filter;
    RedriveAll wanted = new RedriveAll(filter, position(input, list), input.isTrue("dry_run"));
    return bus.request(DispatchVerbs.REDRIVE_ALL, wanted)
        .map(
            redriven -> {
              if (!wanted.dryRun()) {
                limits.charge(caller, input.client(), redriven.count() - 1);
              }
              return accepted(json -> write(json, list, redriven));
            });
  }

  private static void write(JsonGenerator json, String list, Redriven redriven) throws IOException {
    json.writeStartObject();
    json.writeNumberField("redriven", redriven.count());
    json.writeBooleanField("more", redriven.more());
    if (redriven.last().isPresent()) {
      List<String> position = List.of(Long.toString(redriven.last().getAsLong()));
      json.writeStringField("next", new Cursor(list, position).text());
    } else {
      json.writeNullField("next");
    }
    json.writeEndObject();
  }

  private static Answer accepted(JsonBytes.Part part) {
    return new Answer.Done(202, JsonBytes.of(part), Map.of());
  }

  private Future<Answer> providers(Input input) {
    int position = ListEnvelope.position(PROVIDERS, input);
    return bus.request(DispatchVerbs.FIND_PROVIDERS, new FindProviders())
        .compose(
            providers ->
                bus.request(DispatchVerbs.COUNT_QUEUES, new CountQueues())
                    .map(
                        queues ->
                            ListEnvelope.page(
                                PROVIDERS, withDepths(providers, queues), position, input)));
  }

  // the first provider of a route counts the queue that is bound to none
  private static List<JsonBytes.Part> withDepths(Providers providers, Queues queues) {
    List<JsonBytes.Part> entries = new ArrayList<>();
    Set<Channel> seen = EnumSet.noneOf(Channel.class);
    for (ProviderEntry each : providers.providers()) {
      boolean first = seen.add(each.route());
      long depth =
          queues.queues().stream()
              .filter(queue -> waitsFor(queue, each, first))
              .mapToLong(Queue::depth)
              .sum();
      entries.add(each.with(depth));
    }
    return entries;
  }

  private static boolean waitsFor(Queue queue, ProviderEntry provider, boolean first) {
    return queue.route() == provider.route()
        && queue.boundTo().map(provider.name()::equals).orElse(first);
  }

  private Future<Answer> receive(Input input) {
    ReceiveStatus status =
        new ReceiveStatus(
            input.text("provider"),
            input.text("id"),
            number(input.optionalText("reference")),
            DeliveryState.of(input.text("state")),
            input.optionalText("code"),
            input.optionalText("message"));
    return bus.request(DispatchVerbs.RECEIVE_STATUS, status).map(received -> Answer.noContent());
  }

  // a reference that is not one of ours is ignored
  private static OptionalLong number(Optional<String> reference) {
    return reference.filter(text -> text.matches("[0-9]{1,18}")).isPresent()
        ? OptionalLong.of(Long.parseLong(reference.get()))
        : OptionalLong.empty();
  }
}
