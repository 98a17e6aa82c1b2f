package io.parley;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The dependency cycles between outermost classes: the strongly connected components of their
 * graph, found by Tarjan's algorithm. A nested class counts as part of the class that encloses it.
 */
final class ClassCycles {
  private final Map<String, Set<String>> graph = new TreeMap<>();
  private final Map<String, Integer> index = new HashMap<>();
  private final Map<String, Integer> lowLink = new HashMap<>();
  private final Deque<String> stack = new ArrayDeque<>();
  private final Set<String> onStack = new HashSet<>();
  private final List<Set<String>> cycles = new ArrayList<>();

  private ClassCycles(JavaClasses classes) {
    for (JavaClass each : classes) {
      Set<String> targets =
          graph.computeIfAbsent(outermost(each).getName(), any -> new TreeSet<>());
      each.getDirectDependenciesFromSelf().stream()
          .map(dependency -> outermost(dependency.getTargetClass().getBaseComponentType()))
          .filter(classes::contains)
          .map(JavaClass::getName)
          .forEach(targets::add);
    }
  }

  /** Each cycle as the sorted names of its classes. */
  static List<Set<String>> of(JavaClasses classes) {
    ClassCycles search = new ClassCycles(classes);
    for (String name : search.graph.keySet()) {
      if (!search.index.containsKey(name)) {
        search.visit(name);
      }
    }
    return search.cycles;
  }

  private static JavaClass outermost(JavaClass nested) {
    JavaClass outermost = nested;
    while (outermost.getEnclosingClass().isPresent()) {
      outermost = outermost.getEnclosingClass().get();
    }
    return outermost;
  }

  private void visit(String name) {
    index.put(name, index.size());
    lowLink.put(name, index.get(name));
    stack.push(name);
    onStack.add(name);
    for (String target : graph.get(name)) {
      if (!index.containsKey(target)) {
        visit(target);
        lowLink.merge(name, lowLink.get(target), Math::min);
      } else if (onStack.contains(target)) {
        lowLink.merge(name, index.get(target), Math::min);
      }
    }
    if (lowLink.get(name).equals(index.get(name))) {
      popComponent(name);
    }
  }

  private void popComponent(String root) {
    Set<String> component = new TreeSet<>();
    String last;
    do {
      last = stack.pop();
      onStack.remove(last);
      component.add(last);
    } while (!last.equals(root));
    if (component.size() > 1) {
      cycles.add(component);
    }
  }
}
