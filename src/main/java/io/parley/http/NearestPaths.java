package io.parley.http;

import io.parley.api.contract.Contract;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Finds the paths that a client may have meant by one that does not exist: by the number of letters
 * to change, where a parameter fits anything. What takes long to compare is not compared.
 */
final class NearestPaths {
  private static final int MAX_PATHS = 3;
  private static final int MAX_LENGTH = 200;
  private static final int MAX_SEGMENTS = 10;
  private static final int MAX_SEGMENT = 40;
  private static final int MISSING_PARAMETER = 3;
  private static final int MISSING_PREFIX = 1;

  private record Known(String path, List<String> segments) {}

  private record Near(String path, int distance) {}

  private final List<Known> known;

  /** {@code pages} are paths outside the contract. */
  NearestPaths(Contract contract, List<String> pages) {
    Stream<String> operations = contract.verbs().values().stream().map(verb -> verb.path());
    this.known =
        Stream.concat(operations, pages.stream())
            .distinct()
            .sorted()
            .map(path -> new Known(path, segments(path)))
            .toList();
  }

  /** The nearest paths, nearest first; none if the path is not similar to any. */
  List<String> to(String path) {
    List<String> segments = segments(path.toLowerCase(Locale.ROOT));
    if (path.length() > MAX_LENGTH || segments.size() > MAX_SEGMENTS) {
      return List.of();
    }
    int limit = Math.max(MISSING_PARAMETER, path.length() / 3);
    return known.stream()
        .map(each -> new Near(each.path(), distance(segments, each.segments())))
        .filter(each -> each.distance() <= limit)
        .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::path))
        .limit(MAX_PATHS)
        .map(Near::path)
        .toList();
  }

  private static List<String> segments(String path) {
    return Arrays.stream(path.split("/", -1)).filter(each -> !each.isEmpty()).toList();
  }

  private static int distance(List<String> asked, List<String> known) {
    List<Integer> row = new ArrayList<>(List.of(0));
    for (String segment : known) {
      row.add(row.getLast() + weight(segment));
    }
    for (String segment : asked) {
      List<Integer> next = new ArrayList<>(List.of(row.getFirst() + weight(segment)));
      for (int i = 0; i < known.size(); i++) {
        int changed = row.get(i) + difference(segment, known.get(i));
        int added = next.getLast() + weight(known.get(i));
        int dropped = row.get(i + 1) + weight(segment);
        next.add(Math.min(changed, Math.min(added, dropped)));
      }
      row = next;
    }
    return row.getLast();
  }

  private static boolean isParameter(String segment) {
    return segment.startsWith("{");
  }

  private static int weight(String segment) {
    if (segment.equals("api")) {
      return MISSING_PREFIX;
    }
    return isParameter(segment) ? MISSING_PARAMETER : segment.length() + 1;
  }

  private static int difference(String asked, String known) {
    if (isParameter(known)) {
      return 0;
    }
    return asked.length() > MAX_SEGMENT ? asked.length() : letters(asked, known);
  }

  // Levenshtein
  private static int letters(String one, String other) {
    int[] row = new int[other.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 0; i < one.length(); i++) {
      int diagonal = row[0];
      row[0] = i + 1;
      for (int j = 0; j < other.length(); j++) {
        int changed = diagonal + (one.charAt(i) == other.charAt(j) ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = Math.min(changed, Math.min(row[j], diagonal) + 1);
      }
    }
    return row[other.length()];
  }
}
