package io.parley.dispatch;

import io.parley.channel.BreakerState;
import io.parley.channel.Channel;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/** A provider as the dispatcher sees it: with bounds, and left alone while it is broken. */
interface DispatchTarget {
  String name();

  /** Email, or SMS, which carries MMS too. */
  Channel route();

  BreakerState breaker();

  /** How many messages it may be asked to take now. */
  int room();

  /** How soon there may be room again by itself; the longest when that is not a matter of time. */
  long msUntilRoom();

  /** Whether one more that was tried before may be tried now. */
  boolean mayRetry();

  /** How long an attempt can take at most. */
  Duration patience();

  /** Empty when it was not asked after all. */
  Future<Optional<Outcome>> ask(OutgoingMessage message, boolean retry);
}
