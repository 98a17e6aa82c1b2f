package io.parley.simulator;

import io.parley.json.MalformedText;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What there is to ask for, by path and method. A path that ends with a slash takes a name. */
final class SimulatorRoutes {
  /** What is done for a call. */
  @FunctionalInterface
  interface Verb {
    Future<ProviderReply> answer(SimulatorRequest call) throws MalformedText;
  }

  /** What is at a path. */
  record Found(Map<String, Verb> byMethod, String parameter) {}

  private final Map<String, TreeMap<String, Verb>> byPath = new HashMap<>();

  SimulatorRoutes on(String method, String path, Verb verb) {
    byPath.computeIfAbsent(path, any -> new TreeMap<>()).put(method, verb);
    return this;
  }

  Optional<Found> find(String path) {
    int slash = path.lastIndexOf('/');
    TreeMap<String, Verb> exact = byPath.get(path);
    TreeMap<String, Verb> named = byPath.get(path.substring(0, slash + 1));
    return exact != null
        ? Optional.of(new Found(exact, ""))
        : Optional.ofNullable(named).map(verbs -> new Found(verbs, path.substring(slash + 1)));
  }
}
