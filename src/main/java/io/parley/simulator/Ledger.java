package io.parley.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;

/** Every request, in the order they came; the oldest make room. */
final class Ledger {
  private static final long EACH = 500;
  private static final long MOST_PAGE = 4 << 20;

  private final int most;
  private final long mostText;
  private final NavigableMap<Long, LedgerEntry> entries = new TreeMap<>();
  private long last;
  private long text;

  /**
   * An empty one.
   *
   * @param most entries
   * @param mostText characters in all of them
   */
  Ledger(int most, long mostText) {
    this.most = most;
    this.mostText = mostText;
  }

  /** Which entries are looked for. */
  record Search(Optional<String> provider, Optional<String> to) {
    boolean finds(LedgerEntry entry) {
      return provider.map(entry.provider::equals).orElse(true)
          && to.map(entry.message.to()::equalsIgnoreCase).orElse(true);
    }
  }

  /** Some entries, and after which number others follow. */
  record Page(List<LedgerEntry> entries, Optional<Long> next) {}

  LedgerEntry add(LongFunction<LedgerEntry> made) {
    LedgerEntry entry = made.apply(++last);
    entries.put(entry.number, entry);
    text += weight(entry);
    while (entries.size() > most || (text > mostText && entries.size() > 1)) {
      text -= weight(entries.pollFirstEntry().getValue());
    }
    return entry;
  }

  private static long weight(LedgerEntry entry) {
    return EACH + entry.message.size();
  }

  Page page(Search search, long after, int limit) {
    List<LedgerEntry> found = new ArrayList<>();
    long size = 0;
    for (Map.Entry<Long, LedgerEntry> each : entries.tailMap(after, false).entrySet()) {
      if (search.finds(each.getValue())) {
        if (found.size() == limit || size > MOST_PAGE) {
          return new Page(found, Optional.of(found.getLast().number));
        }
        found.add(each.getValue());
        size += each.getValue().message.size();
      }
    }
    return new Page(found, Optional.empty());
  }
}
