package io.parley.dispatch;

import io.parley.channel.BreakerState;
import java.util.List;

/**
 * The providers of one route in order of preference. A message that is not bound to a provider goes
 * to the first whose breaker is closed; while an earlier breaker is half open, that provider gets
 * its one probe and all other messages go to the next.
 */
record Failover(List<? extends DispatchTarget> inOrder) {
  /** Whether {@code target} takes messages that are not bound to a provider. */
  boolean takesUnbound(DispatchTarget target) {
    for (DispatchTarget each : inOrder) {
      if (each == target) {
        return true;
      }
      if (each.breaker() == BreakerState.CLOSED) {
        return false;
      }
    }
    return false;
  }
}
