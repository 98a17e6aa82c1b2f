package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.contract.WorkClass;
import io.parley.api.problem.Problem;
import io.parley.flow.KeyedBuckets;
import io.parley.flow.KeyedBuckets.Level;
import io.parley.identity.ClientAddress;
import io.parley.settings.LimitSettings;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The rates at which callers may call this node, by class of work. A caller counts by its party, on
 * whatever connection; somebody without credentials by the client address. Signed webhooks are not
 * limited. Safe from any thread.
 *
 * <p>The class {@link WorkClass#SEND} counts deliveries, however they are caused. How many follow
 * from an item is known when it is stored, so they are charged then and may leave the bucket in
 * debt.
 */
public final class CallLimits {
  private static final int MAX_CALLERS = 100_000;

  private record Buckets(KeyedBuckets<Long> parties, KeyedBuckets<String> addresses) {}

  private record Bucket<K>(KeyedBuckets<K> buckets, K key) {
    Level take(long now) {
      return buckets.take(key, now);
    }

    Level look(long now) {
      return buckets.look(key, now);
    }

    void charge(long tokens, long now) {
      buckets.charge(key, tokens, now);
    }
  }

  private final Map<WorkClass, Buckets> limited = new EnumMap<>(WorkClass.class);
  private final LongSupplier nanoClock;

  public CallLimits(LimitSettings settings, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    long now = nanoClock.getAsLong();
    for (WorkClass work : WorkClass.values()) {
      int perMinute = perMinute(settings, work);
      if (perMinute > 0) {
        limited.put(
            work,
            new Buckets(
                new KeyedBuckets<>(perMinute, MAX_CALLERS, now),
                new KeyedBuckets<>(perMinute, MAX_CALLERS, now)));
      }
    }
  }

  private static int perMinute(LimitSettings settings, WorkClass work) {
    return switch (work) {
      case READ -> settings.read();
      case WRITE -> settings.write();
      case SEND -> settings.send();
      case HEAVY -> settings.heavy();
    };
  }

  /** Counts a call; null if calls like it are not limited. */
  @Nullable Level take(WorkClass work, Caller caller, ClientAddress client) {
    Bucket<?> bucket = bucket(work, caller, client);
    return bucket == null ? null : bucket.take(nanoClock.getAsLong());
  }

  /** Why {@code caller} may not cause a delivery now; empty if it may. Counts nothing. */
  Optional<Problem> noDeliveryLeft(Caller caller, ClientAddress client) {
    Bucket<?> bucket = bucket(WorkClass.SEND, caller, client);
    return bucket == null ? Optional.empty() : refusal(bucket.look(nanoClock.getAsLong()));
  }

  /** Counts one delivery before it is caused, or tells why it may not be. */
  Optional<Problem> takeDelivery(Caller caller, ClientAddress client) {
    Level level = take(WorkClass.SEND, caller, client);
    return level == null ? Optional.empty() : refusal(level);
  }

  private static Optional<Problem> refusal(Level level) {
    return level.isGranted() ? Optional.empty() : Optional.of(problem(WorkClass.SEND, level));
  }

  /** Counts deliveries that {@code caller} has caused. */
  void charge(Caller caller, ClientAddress client, long deliveries) {
    Bucket<?> bucket = deliveries > 0 ? bucket(WorkClass.SEND, caller, client) : null;
    if (bucket != null) {
      bucket.charge(deliveries, nanoClock.getAsLong());
    }
  }

  private @Nullable Bucket<?> bucket(WorkClass work, Caller caller, ClientAddress client) {
    Buckets buckets = limited.get(work);
    if (buckets == null) {
      return null;
    }
    return switch (caller) {
      case Caller.User user -> new Bucket<>(buckets.parties(), user.account().id());
      case Caller.Program program -> new Bucket<>(buckets.parties(), program.key().party().id());
      case Caller.Nobody _ -> new Bucket<>(buckets.addresses(), client.countedAs());
      case Caller.Signatory _ -> null;
    };
  }

  /** The problem of a call that found no token. */
  static Problem problem(WorkClass work, Level level) {
    String counted =
        work == WorkClass.SEND ? "deliveries (class send)" : "calls of the class " + work.text();
    return Problem.of(
            429,
            "rate_limited",
            "Too many requests",
            "At most %d %s are allowed a minute; retry after %d s."
                .formatted(level.limit(), counted, level.secondsUntilNext()))
        .header("Retry-After", Long.toString(level.secondsUntilNext()));
  }
}
