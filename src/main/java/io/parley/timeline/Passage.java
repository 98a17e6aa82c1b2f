package io.parley.timeline;

import java.util.List;

/** How an item came, and where it goes beyond the gateway. */
public record Passage(
    String channel, String direction, Mail.Shown shown, List<Delivery> deliveries) {
  /** From user to user. */
  public static final Passage CHAT = new Passage("chat", "internal", Mail.Shown.NOTHING, List.of());
}
