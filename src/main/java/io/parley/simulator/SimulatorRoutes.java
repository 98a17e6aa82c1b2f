package io.parley.simulator;

import io.parley.json.MalformedText;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The routes by path and method. A path that ends with a slash takes one more segment. */
final class SimulatorRoutes {
  /** Handles the requests of one route. */
  @FunctionalInterface
  interface Action {
    Future<ProviderReply> perform(SimulatorRequest request) throws MalformedText;
  }

  /** The actions of a path. */
  record Route(Map<String, Action> byMethod, String parameter) {}

  private final Map<String, TreeMap<String, Action>> byPath = new HashMap<>();

  SimulatorRoutes on(String method, String path, Action action) {
    byPath.computeIfAbsent(path, any -> new TreeMap<>()).put(method, action);
    return this;
  }

  Optional<Route> find(String path) {
    int slash = path.lastIndexOf('/');
    TreeMap<String, Action> exact = byPath.get(path);
    TreeMap<String, Action> named = byPath.get(path.substring(0, slash + 1));
    return exact != null
        ? Optional.of(new Route(exact, ""))
        : Optional.ofNullable(named).map(actions -> new Route(actions, path.substring(slash + 1)));
  }
}
