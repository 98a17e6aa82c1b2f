package io.parley.dispatch;

import io.parley.bus.Bus;
import io.parley.channel.BreakerState;
import io.parley.channel.DeliveriesDue;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.ClaimDue;
import io.parley.channel.DispatchVerbs.Claims;
import io.parley.channel.DispatchVerbs.Providers;
import io.parley.channel.DispatchVerbs.ReleaseLeases;
import io.parley.channel.DispatchVerbs.Released;
import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settled;
import io.parley.channel.DispatchVerbs.WakeProvider;
import io.parley.channel.ProviderStatus;
import io.parley.channel.RetrySchedule;
import io.parley.flow.Deadline;
import io.parley.flow.DrainingVerticle;
import io.parley.settings.ProviderSettings;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** The wiring of providers to their dispatchers. One per node; confined to its event loop. */
public final class DispatchVerticle extends DrainingVerticle {
  private record Lane(GuardedProvider provider, Dispatcher dispatcher) {}

  private final List<ProviderSettings> settings;
  private final ProviderKinds kinds;
  private final Bus bus;
  private final ProviderListener listener;
  private final RetrySchedule schedule;
  private final IntSupplier nodes;
  private final List<Lane> lanes = new ArrayList<>();

  public DispatchVerticle(
      List<ProviderSettings> settings, ProviderKinds kinds, Bus bus, ProviderListener listener) {
    this(settings, kinds, bus, listener, RetrySchedule.DEFAULT);
  }

  /** {@code nodes}: how many nodes share the limits of the providers now. */
  public DispatchVerticle(
      List<ProviderSettings> settings,
      ProviderKinds kinds,
      Bus bus,
      ProviderListener listener,
      IntSupplier nodes) {
    this(settings, kinds, bus, listener, RetrySchedule.DEFAULT, nodes);
  }

  /** With another retry schedule, for tests that cannot wait. */
  public DispatchVerticle(
      List<ProviderSettings> settings,
      ProviderKinds kinds,
      Bus bus,
      ProviderListener listener,
      RetrySchedule schedule) {
    this(settings, kinds, bus, listener, schedule, () -> 1);
  }

  private DispatchVerticle(
      List<ProviderSettings> settings,
      ProviderKinds kinds,
      Bus bus,
      ProviderListener listener,
      RetrySchedule schedule,
      IntSupplier nodes) {
    this.settings = settings;
    this.kinds = kinds;
    this.bus = bus;
    this.listener = listener;
    this.schedule = schedule;
    this.nodes = nodes;
  }

  @Override
  public Future<?> start() {
    Map<Channel, List<GuardedProvider>> routes = new EnumMap<>(Channel.class);
    for (ProviderSettings each : settings) {
      GuardedProvider provider =
          new GuardedProvider(vertx, each, kinds.create(vertx, each), listener, nodes);
      routes.computeIfAbsent(provider.route(), any -> new ArrayList<>()).add(provider);
      listener.breakerChanged(provider.name(), BreakerState.CLOSED);
    }
    routes.values().forEach(this::open);
    bus.subscribe(DeliveriesDue.TOPIC, due -> hint(due.route().route()));
    bus.serve(
        DispatchVerbs.FIND_PROVIDERS,
        question ->
            Future.succeededFuture(
                new Providers(lanes.stream().map(lane -> lane.provider().entry()).toList())));
    lanes.forEach(lane -> lane.dispatcher().hint());
    return Future.succeededFuture();
  }

  private void open(List<GuardedProvider> inOrder) {
    Failover failover = new Failover(inOrder);
    for (GuardedProvider provider : inOrder) {
      Dispatcher dispatcher =
          new Dispatcher(
              provider,
              () -> failover.takesUnbound(provider),
              new BusDeliveryStore(bus),
              this::after,
              InstantSource.system(),
              ThreadLocalRandom.current(),
              schedule);
      lanes.add(new Lane(provider, dispatcher));
      provider.onBreakerChange(state -> breakerChanged(provider, state));
    }
  }

  private Runnable after(long ms, Runnable action) {
    long timer = vertx.setTimer(ms, fired -> action.run());
    return () -> vertx.cancelTimer(timer);
  }

  // an open breaker leaves its messages to the next provider; a closed one resumes what waits
  private void breakerChanged(GuardedProvider provider, BreakerState state) {
    bus.publish(ProviderStatus.TOPIC, new ProviderStatus(provider.name(), state));
    if (state == BreakerState.CLOSED) {
      bus.request(DispatchVerbs.WAKE_PROVIDER, new WakeProvider(provider.name()))
          .onComplete((woken, failure) -> hint(provider.route()));
    }
    hint(provider.route());
  }

  private void hint(Channel route) {
    for (Lane lane : lanes) {
      if (lane.provider().route() == route) {
        lane.dispatcher().hint();
      }
    }
  }

  /** Finishes the attempts in flight and releases the other leases. */
  @Override
  protected Future<?> drain(Deadline deadline) {
    List<Future<Void>> all = lanes.stream().map(lane -> lane.dispatcher().stop()).toList();
    return Future.join(all)
        .timeout(deadline.left().toMillis(), TimeUnit.MILLISECONDS)
        .otherwiseEmpty()
        .onComplete(done -> lanes.forEach(lane -> lane.provider().close()));
  }

  /** The store at the other end of the bus. */
  private record BusDeliveryStore(Bus bus) implements DeliveryStore {
    @Override
    public Future<Claims> claim(ClaimDue wanted) {
      return bus.request(DispatchVerbs.CLAIM_DUE, wanted);
    }

    @Override
    public Future<Settled> settle(Settle wanted) {
      return bus.request(DispatchVerbs.SETTLE, wanted);
    }

    @Override
    public Future<Released> release(ReleaseLeases wanted) {
      return bus.request(DispatchVerbs.RELEASE_LEASES, wanted);
    }
  }
}
