package io.parley.bus;

import java.util.Map;
import java.util.Set;

/** The readiness of a room by part: "up", or what is wrong. */
public record Readiness(Map<String, String> parts) {
  /** Parts without which a node can serve. */
  private static final Set<String> INFORMING = Set.of("cluster");

  /** Whether a node in this state can serve. */
  public static boolean isReady(Map<String, String> parts) {
    return parts.entrySet().stream()
        .allMatch(part -> part.getValue().equals("up") || INFORMING.contains(part.getKey()));
  }

  /** Asks for the readiness. */
  public record Check() {}

  public static final Endpoint<Check, Readiness> CHECK =
      new Endpoint<>("store.readiness", Check.class, Readiness.class);
}
