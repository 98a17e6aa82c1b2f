package io.parley.bus;

/**
 * Carries events to the other nodes, at best effort. Called on the thread that publishes, so it
 * must neither block nor throw.
 */
@FunctionalInterface
public interface Relay {
  void relay(Topic<?> topic, Object event);
}
