package io.parley.channel;

import io.parley.bus.Endpoint;
import io.parley.timeline.Channel;
import io.parley.timeline.DeliveryState;
import io.parley.timeline.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Requests about deliveries and the providers that carry them. */
public final class DispatchVerbs {
  private DispatchVerbs() {}

  /**
   * Claims due deliveries for one provider under a lease.
   *
   * @param unbound whether deliveries that are bound to no provider are included
   * @param retries how many of them may have had a failed attempt before
   */
  public record ClaimDue(
      String provider, Channel route, boolean unbound, int limit, int retries, Duration lease) {}

  /**
   * A delivery that belongs to the claimer until its lease ends.
   *
   * @param retry whether it was claimed as one that had a failed attempt before
   * @param attempts how many attempts have failed
   * @param withdrawn whether its item was deleted in the meantime
   */
  public record Claimed(
      OutgoingMessage outgoing,
      long lease,
      boolean retry,
      int attempts,
      Instant expiresAt,
      boolean withdrawn) {
    public NextStep.Progress progress() {
      return new NextStep.Progress(attempts, expiresAt);
    }
  }

  public record Claims(List<Claimed> claimed) {}

  public static final Endpoint<ClaimDue, Claims> CLAIM_DUE =
      new Endpoint<>("channel.claim-due", ClaimDue.class, Claims.class);

  /**
   * The outcome of one claimed delivery.
   *
   * @param attempt what happened when the provider was asked; empty if it was not
   */
  public record Settlement(long delivery, long lease, Optional<Attempt> attempt, NextStep step) {}

  public record Settle(List<Settlement> settlements) {}

  /**
   * What became of the settlements.
   *
   * @param count how many still held their lease
   * @param locked deliveries whose conversations were locked: to be settled again
   */
  public record Settled(int count, Set<Long> locked) {}

  public static final Endpoint<Settle, Settled> SETTLE =
      new Endpoint<>("channel.settle", Settle.class, Settled.class);

  /** A lease to release without an attempt; the delivery is due again after the pause. */
  public record Lease(long delivery, long lease, Duration pause) {}

  public record ReleaseLeases(List<Lease> leases) {}

  public record Released(int count) {}

  public static final Endpoint<ReleaseLeases, Released> RELEASE_LEASES =
      new Endpoint<>("channel.release-leases", ReleaseLeases.class, Released.class);

  /** Makes the deliveries that wait for a recovered provider due now. */
  public record WakeProvider(String provider) {}

  public record Woken(int count) {}

  public static final Endpoint<WakeProvider, Woken> WAKE_PROVIDER =
      new Endpoint<>("channel.wake-provider", WakeProvider.class, Woken.class);

  /** Lists deliveries, newest first; {@code before} is the id where the previous page ended. */
  public record FindDeliveries(DeliveryFilter filter, OptionalLong before, int limit) {}

  public record Deliveries(List<DeliveryEntry> deliveries, boolean more) {}

  public static final Endpoint<FindDeliveries, Deliveries> FIND_DELIVERIES =
      new Endpoint<>("channel.find-deliveries", FindDeliveries.class, Deliveries.class);

  public record FindDelivery(long delivery) {}

  public static final Endpoint<FindDelivery, Result<DeliveryEntry>> FIND_DELIVERY =
      Result.endpoint("channel.find-delivery", FindDelivery.class);

  /** Lists the attempts of a delivery, oldest first, after number {@code after}. */
  public record FindAttempts(long delivery, long after, int limit) {}

  public record FoundAttempts(List<AttemptEntry> attempts, boolean more) {}

  public static final Endpoint<FindAttempts, Result<FoundAttempts>> FIND_ATTEMPTS =
      Result.endpoint("channel.find-attempts", FindAttempts.class);

  /** Sends a failed or expired delivery again as a new message with its full time and attempts. */
  public record Redrive(long delivery) {}

  public static final Endpoint<Redrive, Result<DeliveryEntry>> REDRIVE = redrive();

  private static Endpoint<Redrive, Result<DeliveryEntry>> redrive() {
    return Result.endpoint("channel.redrive", Redrive.class);
  }

  /** Counts deliveries by state. */
  public record CountDeliveries(DeliveryFilter filter) {}

  /** {@code more} says that there are more than were counted in some state. */
  public record DeliveryCounts(Map<DeliveryState, Long> byState, boolean more) {}

  public static final Endpoint<CountDeliveries, DeliveryCounts> COUNT_DELIVERIES =
      new Endpoint<>("channel.count-deliveries", CountDeliveries.class, DeliveryCounts.class);

  /**
   * Redrives all that match, oldest first, for as long as one request may take.
   *
   * @param after the id where an earlier request ended
   * @param dryRun whether they are only counted
   */
  public record RedriveAll(DeliveryFilter filter, OptionalLong after, boolean dryRun) {}

  /**
   * How many were redriven, or would be.
   *
   * @param more whether others match
   * @param last the id of the last one, if others match
   */
  public record Redriven(long count, boolean more, OptionalLong last) {}

  public static final Endpoint<RedriveAll, Redriven> REDRIVE_ALL =
      new Endpoint<>("channel.redrive-all", RedriveAll.class, Redriven.class);

  /**
   * A provider's report about a message.
   *
   * @param id the provider's id of the message
   * @param delivery our id, if the provider returns it
   */
  public record ReceiveStatus(
      String provider,
      String id,
      OptionalLong delivery,
      DeliveryState state,
      Optional<String> code,
      Optional<String> message) {}

  /** {@code changed} is false for a report that is known, late or about an unknown message. */
  public record StatusReceived(boolean changed) {}

  public static final Endpoint<ReceiveStatus, StatusReceived> RECEIVE_STATUS =
      new Endpoint<>("channel.receive-status", ReceiveStatus.class, StatusReceived.class);

  /** Counts pending deliveries over all nodes. */
  public record CountQueues() {}

  /** Pending deliveries of a route, bound to a provider or open to any. */
  public record Queue(Channel route, Optional<String> boundTo, long depth) {}

  public record Queues(List<Queue> queues) {}

  public static final Endpoint<CountQueues, Queues> COUNT_QUEUES =
      new Endpoint<>("channel.count-queues", CountQueues.class, Queues.class);

  /** A provider that a node has, by its name in the settings. */
  public record NamedProvider(String name, Channel route) {}

  /** Tells which providers this node has, from its start to its end. */
  public record AnnounceProviders(List<NamedProvider> providers) {}

  public record Announced() {}

  public static final Endpoint<AnnounceProviders, Announced> ANNOUNCE_PROVIDERS =
      new Endpoint<>("channel.announce-providers", AnnounceProviders.class, Announced.class);

  public record FindProviders() {}

  /** In route order. */
  public record Providers(List<ProviderEntry> providers) {}

  public static final Endpoint<FindProviders, Providers> FIND_PROVIDERS =
      new Endpoint<>("channel.find-providers", FindProviders.class, Providers.class);
}
