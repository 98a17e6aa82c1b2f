package io.parley.dispatch;

import io.parley.channel.Attempt;
import io.parley.channel.BreakerState;
import io.parley.channel.OutgoingMessage;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/** A provider as the dispatcher sees it: limited in rate and concurrency, and behind a breaker. */
interface DispatchTarget {
  String name();

  /** The channel of its route: email, or SMS, which includes MMS. */
  Channel route();

  BreakerState breaker();

  /** How many messages it can be sent now. */
  int capacity();

  /** Time until capacity returns by itself, in milliseconds; 0 if only an answer can free it. */
  long msUntilCapacity();

  /** How many messages with a failed attempt it may be sent now. */
  int retryBudget();

  /** Time until the retry budget allows one message, in milliseconds. */
  long msUntilRetry();

  /** The longest that one attempt can take. */
  Duration attemptTimeout();

  /**
   * Sends a message; empty if the provider was not asked after all.
   *
   * @param retry whether it had a failed attempt before, which uses the retry budget
   */
  Future<Optional<Attempt>> send(OutgoingMessage message, boolean retry);
}
