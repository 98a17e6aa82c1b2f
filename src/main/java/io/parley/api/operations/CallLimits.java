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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The rates at which callers may call this node, by class of work. A caller counts by its party, on
 * whatever connection; somebody without credentials by the client address. Signed webhooks are not
 * limited. Safe from any thread.
 */
public final class CallLimits {
  private static final int MAX_CALLERS = 100_000;

  private record Buckets(KeyedBuckets<Long> parties, KeyedBuckets<String> addresses) {}

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
    Buckets buckets = limited.get(work);
    if (buckets == null) {
      return null;
    }
    long now = nanoClock.getAsLong();
    return switch (caller) {
      case Caller.User user -> buckets.parties().take(user.account().id(), now);
      case Caller.Program program -> buckets.parties().take(program.key().party().id(), now);
      case Caller.Nobody _ -> buckets.addresses().take(client.countedAs(), now);
      case Caller.Signatory _ -> null;
    };
  }

  /** The problem of a call that found no token. */
  static Problem problem(WorkClass work, Level level) {
    return Problem.of(
            429,
            "rate_limited",
            "Too many requests",
            "At most %d calls of the class %s are allowed a minute; retry after %d s."
                .formatted(level.limit(), work.text(), level.secondsUntilNext()))
        .header("Retry-After", Long.toString(level.secondsUntilNext()));
  }
}
