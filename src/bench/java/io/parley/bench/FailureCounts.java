package io.parley.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Failures by message, with their counts. */
final class FailureCounts {
  private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();

  void count(String why) {
    counts.computeIfAbsent(why, any -> new LongAdder()).increment();
  }

  @Override
  public String toString() {
    return counts.toString();
  }

  void tell(Report report) {
    int all = counts.values().stream().mapToInt(LongAdder::intValue).sum();
    report.atMost("sockets that failed and tried again", all, 0, "");
    counts.forEach((why, times) -> report.row("of them: " + why, times.intValue()));
  }
}
