package io.parley.dispatch;

import io.parley.channel.BreakerState;
import java.util.List;

/**
 * The providers of one route, in the order they are asked. A message that nobody is bound to goes
 * to the first one that works; while the first is being tried again, its message at a time and all
 * others go at once, to it and to the next.
 */
record Failover(List<? extends DispatchTarget> inOrder) {
  boolean takesFresh(DispatchTarget carrier) {
    for (DispatchTarget each : inOrder) {
      if (each == carrier) {
        return true;
      }
      if (each.breaker() == BreakerState.CLOSED) {
        return false;
      }
    }
    return false;
  }
}
