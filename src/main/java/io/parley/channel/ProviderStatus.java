package io.parley.channel;

import io.parley.bus.Topic;

/** A provider's circuit breaker changed its state on one node. */
public record ProviderStatus(String provider, BreakerState breaker) {
  public static final Topic<ProviderStatus> TOPIC =
      new Topic<>("channel.provider-status", ProviderStatus.class);
}
