package io.parley.dispatch;

import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.vertx.core.Future;

/**
 * Somebody who carries messages to phones or mailboxes.
 *
 * <p>Every way an attempt can end is an outcome; a failed future is a bug and counts as not
 * knowing. It must end by itself: a time-out of its own, on everything. It is asked on one event
 * loop and must not block it.
 */
@FunctionalInterface
public interface Provider {
  Future<Outcome> send(OutgoingMessage message);
}
