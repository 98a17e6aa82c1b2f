package io.parley.bus;

import java.util.Map;

/** The readiness of a room by part: "up", or what is wrong. */
public record Readiness(Map<String, String> parts) {
  /** Asks for the readiness. */
  public record Check() {}

  public static final Endpoint<Check, Readiness> CHECK =
      new Endpoint<>("store.readiness", Check.class, Readiness.class);
}
