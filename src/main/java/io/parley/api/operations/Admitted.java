package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.contract.Verb;
import io.parley.api.problem.Problem;
import io.parley.flow.KeyedBuckets.Level;
import io.parley.identity.ClientAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that was counted and whose caller was judged, before anything of its input is read. Only
 * {@link Operations} makes one, so that nothing is performed without it; a call that was refused is
 * answered with its refusal.
 */
public final class Admitted {
  final String id;
  final ClientAddress client;
  final Verb verb;
  final Caller caller;
  private final Optional<Problem> refusal;
  private final @Nullable Level level;

  Admitted(
      String id,
      ClientAddress client,
      Verb verb,
      Caller caller,
      Optional<Problem> refusal,
      @Nullable Level level) {
    this.id = id;
    this.client = client;
    this.verb = verb;
    this.caller = caller;
    this.refusal = refusal;
    this.level = level;
  }

  public Optional<Problem> refusal() {
    return refusal;
  }

  /** Whether it is refused because the caller has used up its limit. */
  public boolean isOverLimit() {
    return level != null && !level.isGranted();
  }

  /** How much of its limit is left to the caller; null for calls that are not limited. */
  public @Nullable Level level() {
    return level;
  }
}
