package io.parley.timeline;

import java.util.List;

/** How an item came, and where it goes beyond the gateway. */
public record Routing(
    String channel, String direction, ExternalContent.Shown shown, List<Delivery> deliveries) {
  /** From user to user. */
  public static final Routing CHAT =
      new Routing("chat", "internal", ExternalContent.Shown.NOTHING, List.of());
}
