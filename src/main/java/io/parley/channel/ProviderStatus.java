package io.parley.channel;

import io.parley.bus.Topic;

/** On one node a provider's breaker went from one state to another. */
public record ProviderStatus(String provider, BreakerState breaker) {
  public static final Topic<ProviderStatus> TOPIC =
      new Topic<>("channel.provider-status", ProviderStatus.class);
}
