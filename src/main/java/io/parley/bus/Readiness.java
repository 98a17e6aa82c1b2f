package io.parley.bus;

import java.util.Map;

/** What a room needs to be ready, by part: "up", or what is wrong. */
public record Readiness(Map<String, String> parts) {
  /** The question. */
  public record Check() {}

  public static final Endpoint<Check, Readiness> CHECK =
      new Endpoint<>("store.readiness", Check.class, Readiness.class);
}
