package io.parley.bench;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The operations of the scale bench in one world: the same ones, in the same order, in each. */
final class ScaleOperations {
  static final String GIANT_GROUP = "/api/conversations/2";
  static final String DATA = "\"data\"";

  /** Distinguishes what this run writes from what others wrote. */
  final long run = System.currentTimeMillis();

  final ScaleNode node;
  final HttpLoad load;
  final String busy;
  final String giant;
  final String agent;
  private final List<ScaleOperation> all = new ArrayList<>();

  private ScaleOperations(ScaleNode node, HttpLoad load) {
    this.node = node;
    this.load = load;
    this.busy = node.token(ScaleNode.BUSY);
    this.giant = node.token(ScaleNode.GIANT);
    this.agent = node.token(ScaleNode.AGENT);
  }

  static List<ScaleOperation> of(ScaleNode node, HttpLoad load) throws Exception {
    ScaleOperations operations = new ScaleOperations(node, load);
    new ScaleUsers(operations).add();
    new ScaleReads(operations).add();
    new ScaleWrites(operations).add();
    return operations.all;
  }

  /** A read of a list. */
  void get(String name, String before, IntFunction<String> path, IntFunction<String> caller) {
    add(name, before, DATA, n -> HttpText.get(path.apply(n), caller.apply(n)));
  }

  /** Requests by their number, whose answers contain {@code expected}. */
  void add(String name, String before, String expected, IntFunction<String> requests) {
    add(operation(name, before, expected, requests));
  }

  void add(ScaleOperation operation) {
    all.add(operation);
  }

  ScaleOperation operation(
      String name, String before, String expected, IntFunction<String> requests) {
    RequestCycle traffic = new RequestCycle(expected, requests);
    return new ScaleOperation(name, before, seconds -> load.closed(1, seconds, traffic).latency());
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
