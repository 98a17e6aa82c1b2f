package io.parley.bus;

import io.parley.flow.Outage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** The typed event bus. One per node; safe from any thread. */
public final class Bus {
  private static final long REQUEST_TIMEOUT_MS = 10_000;

  private final EventBus eventBus;
  private final DeliveryOptions nodeLocal;
  private final Set<String> served = ConcurrentHashMap.newKeySet();
  private final Map<String, Topic<?>> subscribed = new ConcurrentHashMap<>();
  private volatile Relay relay = (topic, event) -> {};

  public Bus(Vertx vertx) {
    this.eventBus = vertx.eventBus();
    // in tests a second Bus may share one Vert.x and find the codec registered
    try {
      eventBus.registerCodec(RecordCodec.INSTANCE);
    } catch (IllegalStateException alreadyRegistered) {
      eventBus.unregisterCodec(RecordCodec.NAME).registerCodec(RecordCodec.INSTANCE);
    }
    this.nodeLocal =
        new DeliveryOptions()
            .setCodecName(RecordCodec.NAME)
            .setLocalOnly(true)
            .setSendTimeout(REQUEST_TIMEOUT_MS);
  }

  /** Sends a request to the room of this node that serves {@code endpoint}. */
  public <Q, R> Future<R> request(Endpoint<Q, R> endpoint, Q question) {
    return eventBus
        .<BusReply>request(endpoint.address(), question, nodeLocal)
        .transform(
            (message, failure) ->
                failure == null
                    ? message.body().as(endpoint.reply())
                    : Future.failedFuture(outage(endpoint, failure)));
  }

  /**
   * Serves {@code endpoint} on this node until the consumer is unregistered or the verticle stops.
   */
  public <Q, R> MessageConsumer<Q> serve(Endpoint<Q, R> endpoint, Function<Q, Future<R>> service) {
    served.add(endpoint.address());
    return eventBus.localConsumer(endpoint.address(), message -> answer(message, service));
  }

  /** Whether a room of this node has begun to serve {@code endpoint}. */
  public boolean isServed(Endpoint<?, ?> endpoint) {
    return served.contains(endpoint.address());
  }

  /**
   * Publishes {@code event} to the subscribers on every node: here at once, elsewhere as a hint.
   */
  public <E> void publish(Topic<E> topic, E event) {
    publishHere(topic, event);
    relay.relay(topic, event);
  }

  /** Publishes {@code event} to the subscribers on this node. */
  public <E> void publishHere(Topic<E> topic, E event) {
    eventBus.publish(topic.address(), event, nodeLocal);
  }

  /** Subscribes to {@code topic} as published by any node. */
  public <E> MessageConsumer<E> subscribe(Topic<E> topic, Consumer<E> listener) {
    subscribed.put(topic.address(), topic);
    return eventBus.localConsumer(topic.address(), message -> listener.accept(message.body()));
  }

  /** From now on {@code carrier} takes what is published to the other nodes. */
  public void relayTo(Relay carrier) {
    relay = carrier;
  }

  /** The form in which another node's {@link #receive} takes {@code event}. */
  public static byte[] encode(Object event) {
    return EventCodec.encode(event);
  }

  /**
   * Publishes here what another node has published. An event of a topic to which nobody has
   * subscribed here, as of a later version, is ignored.
   */
  public void receive(String address, byte[] encoded) {
    Topic<?> topic = subscribed.get(address);
    if (topic != null) {
      eventBus.publish(address, EventCodec.decode(topic.event(), encoded), nodeLocal);
    }
  }

  private <Q, R> void answer(Message<Q> message, Function<Q, Future<R>> service) {
    Future<R> answer;
    try {
      answer = service.apply(message.body());
    } catch (RuntimeException bug) {
      answer = Future.failedFuture(bug);
    }
    answer.onComplete((value, failure) -> message.reply(new BusReply(value, failure), nodeLocal));
  }

  private static Outage outage(Endpoint<?, ?> endpoint, Throwable failure) {
    if (failure instanceof ReplyException reply) {
      return switch (reply.failureType()) {
        case NO_HANDLERS ->
            Outage.unavailable(endpoint.address() + " is not served here yet", failure);
        case TIMEOUT ->
            Outage.outcomeUnknown(endpoint.address() + " did not answer in time", failure);
        case RECIPIENT_FAILURE, ERROR ->
            Outage.unavailable(endpoint.address() + " failed", failure);
      };
    }
    return Outage.unavailable(endpoint.address() + " is unreachable", failure);
  }
}
