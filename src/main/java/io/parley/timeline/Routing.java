package io.parley.timeline;

import java.util.List;

/** By which channel an item came or goes, and its deliveries to external participants. */
public record Routing(String channel, String direction, List<Delivery> deliveries) {
  /** From user to user, inside the gateway. */
  public static final Routing CHAT = new Routing("chat", "internal", List.of());
}
