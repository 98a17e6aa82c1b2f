package io.parley.dispatch;

import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.vertx.core.Future;

/**
 * An adapter to one provider that carries messages to phones or mailboxes.
 *
 * <p>Every way in which an attempt can end is an {@link Outcome}; a failed future is a bug and
 * counts as {@link Outcome.Unknown}. An attempt must end by itself, so every wait has a time-out.
 * Operators read what went over the wire in the attempt's {@link Transcript}. Called on one event
 * loop, which it must not block.
 */
@FunctionalInterface
public interface Provider {
  Future<Outcome> send(OutgoingMessage message, Transcript transcript);
}
