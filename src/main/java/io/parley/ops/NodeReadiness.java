package io.parley.ops;

import io.parley.bus.Bus;
import io.parley.bus.Readiness;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Whether this node takes work: what the store reports, and the node's own state. */
public final class NodeReadiness {
  /** States of the node; it is ready while it is {@code UP}. */
  private enum State {
    STARTING("starting"),
    UP("up"),
    DRAINING("draining"),
    LEAVING("leaving");

    private final String text;

    State(String text) {
      this.text = text;
    }
  }

  private final Bus bus;
  private final Map<String, Supplier<String>> informing = new ConcurrentHashMap<>();
  private volatile State state = State.STARTING;

  public NodeReadiness(Bus bus) {
    this.bus = bus;
  }

  /** The state by part; the node is ready when every part is "up". */
  public Future<Map<String, String>> parts() {
    return bus.request(Readiness.CHECK, new Readiness.Check())
        .map(Readiness::parts)
        .otherwise(Map.of("database", "down"))
        .map(this::withNode);
  }

  private Map<String, String> withNode(Map<String, String> storeParts) {
    Map<String, String> parts = new HashMap<>(storeParts);
    parts.put("node", state.text);
    informing.forEach((part, text) -> parts.put(part, text.get()));
    return parts;
  }

  /** A part that is shown, whatever it says. */
  public void informOf(String part, Supplier<String> text) {
    informing.put(part, text);
  }

  public void started() {
    if (state == State.STARTING) {
      state = State.UP;
    }
  }

  /** The node was asked to let its clients go. */
  public void draining() {
    if (state == State.UP) {
      state = State.DRAINING;
    }
  }

  public void leaving() {
    state = State.LEAVING;
  }
}
