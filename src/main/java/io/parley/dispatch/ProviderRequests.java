package io.parley.dispatch;

import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Future;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests to one provider, through its circuit breaker. An outcome that means trouble is a
 * failure to the breaker and a value to the caller; so are a time-out and a bug of the adapter.
 */
final class ProviderRequests {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderRequests.class);

  /** Carries an outcome that counts as failure through the breaker. */
  private static final class FailedAttempt extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Outcome outcome;

    FailedAttempt(Outcome outcome) {
      super(outcome.word(), null, false, false);
      this.outcome = outcome;
    }
  }

  private final String name;
  private final Provider provider;
  private final ProviderBreaker breaker;

  ProviderRequests(String name, Provider provider, ProviderBreaker breaker) {
    this.name = name;
    this.provider = provider;
    this.breaker = breaker;
  }

  /** Returns the outcome, or empty if the breaker let nothing pass. */
  Future<Optional<Outcome>> send(OutgoingMessage message, Transcript transcript) {
    return breaker
        .execute(() -> ask(message, transcript))
        .map(Optional::of)
        .recover(ProviderRequests::outcomeOf);
  }

  private Future<Outcome> ask(OutgoingMessage message, Transcript transcript) {
    Future<Outcome> answer;
    try {
      answer = provider.send(message, transcript);
    } catch (RuntimeException bug) {
      answer = Future.failedFuture(bug);
    }
    return answer
        .otherwise(this::bugInAdapter)
        .compose(
            outcome ->
                outcome.isTrouble()
                    ? Future.failedFuture(new FailedAttempt(outcome))
                    : Future.succeededFuture(outcome));
  }

  private Outcome bugInAdapter(Throwable bug) {
    LOG.atError().setCause(bug).addKeyValue("provider", name).log("Provider adapter failed");
    return new Outcome.Unknown("bug", "The provider's adapter failed.");
  }

  private static Future<Optional<Outcome>> outcomeOf(Throwable failure) {
    return Future.succeededFuture(
        switch (failure) {
          case FailedAttempt attempt -> Optional.of(attempt.outcome);
          case OpenCircuitException open -> Optional.empty();
          default -> Optional.of(new Outcome.Unknown("timeout", "No answer in time."));
        });
  }
}
