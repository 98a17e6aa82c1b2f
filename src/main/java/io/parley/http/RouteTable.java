package io.parley.http;

import io.parley.api.contract.Contract;
import io.parley.api.contract.Verb;
import io.parley.json.MalformedText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Maps method and path to an operation. Trailing slashes are ignored. */
final class RouteTable {
  /** The result of a look-up. */
  sealed interface Match {}

  record Found(Verb verb, Map<String, String> pathParameters) implements Match {}

  record WrongMethod(Set<String> allowed) implements Match {}

  record Nowhere() implements Match {}

  private static final class Node {
    final Map<String, Node> literals = new HashMap<>();
    final Map<String, Verb> verbs = new HashMap<>();
    @Nullable Node parameter;
  }

  private final Node root = new Node();

  RouteTable(Contract contract) {
    contract.verbs().values().forEach(this::add);
  }

  private void add(Verb verb) {
    Node node = root;
    for (String segment : segments(verb.path())) {
      if (segment.startsWith("{")) {
        Node next = node.parameter == null ? new Node() : node.parameter;
        node.parameter = next;
        node = next;
      } else {
        node = node.literals.computeIfAbsent(segment, literal -> new Node());
      }
    }
    node.verbs.put(verb.method(), verb);
  }

  Match find(String method, String path) throws MalformedText {
    Node node = root;
    List<String> values = new ArrayList<>(2);
    for (String encoded : segments(path)) {
      String segment = PercentEncoding.decode(encoded, false);
      Node literal = node.literals.get(segment);
      if (literal != null) {
        node = literal;
      } else if (node.parameter != null) {
        values.add(segment);
        node = node.parameter;
      } else {
        return new Nowhere();
      }
    }
    return matched(node, method, values);
  }

  private static Match matched(Node node, String method, List<String> values) {
    if (node.verbs.isEmpty()) {
      return new Nowhere();
    }
    Verb verb = node.verbs.get(method.equals("HEAD") ? "GET" : method);
    if (verb == null) {
      Set<String> allowed = new TreeSet<>(node.verbs.keySet());
      allowed.add("OPTIONS");
      if (allowed.contains("GET")) {
        allowed.add("HEAD");
      }
      return new WrongMethod(allowed);
    }
    return new Found(verb, named(verb, values));
  }

  private static Map<String, String> named(Verb verb, List<String> values) {
    if (values.isEmpty()) {
      return Map.of();
    }
    Map<String, String> named = new LinkedHashMap<>();
    int next = 0;
    for (String segment : segments(verb.path())) {
      if (segment.startsWith("{")) {
        named.put(segment.substring(1, segment.length() - 1), values.get(next++));
      }
    }
    return named;
  }

  private static List<String> segments(String path) {
    List<String> segments = new ArrayList<>(6);
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    int start = 1;
    while (start <= end) {
      int slash = path.indexOf('/', start);
      int stop = slash < 0 || slash > end ? end : slash;
      segments.add(path.substring(start, stop));
      start = stop + 1;
    }
    return segments;
  }
}
