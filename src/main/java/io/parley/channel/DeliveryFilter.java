package io.parley.channel;

import io.parley.timeline.DeliveryState;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which deliveries a request means; each part that is present narrows the choice.
 *
 * @param provider the provider of the last attempt
 * @param to the normalised address of the recipient
 */
public record DeliveryFilter(
    Optional<DeliveryState> state,
    Optional<String> provider,
    OptionalLong conversation,
    Optional<String> to) {

  public static final DeliveryFilter ALL =
      new DeliveryFilter(
          Optional.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty());

  public DeliveryFilter with(DeliveryState wanted) {
    return new DeliveryFilter(Optional.of(wanted), provider, conversation, to);
  }

  public DeliveryFilter with(String wantedProvider) {
    return new DeliveryFilter(state, Optional.of(wantedProvider), conversation, to);
  }
}
