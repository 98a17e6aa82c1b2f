package io.parley.channel;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One request to a provider to take a message, and what became of it.
 *
 * @param redrive the redrive number of the message
 * @param status the status that the provider answered with; empty if no answer came
 * @param breaker the provider's circuit breaker after the outcome was counted
 * @param request what was sent, as text, without secrets; {@code response} likewise
 */
public record Attempt(
    String provider,
    int redrive,
    Instant beganAt,
    Instant endedAt,
    Outcome outcome,
    OptionalInt status,
    BreakerState breaker,
    Optional<String> request,
    Optional<String> response) {}
