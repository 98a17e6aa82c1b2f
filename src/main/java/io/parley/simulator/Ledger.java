package io.parley.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;

/** A log of all requests in order of arrival, bounded: the oldest are dropped. */
final class Ledger {
  private static final long ENTRY_OVERHEAD = 500;
  private static final long MAX_PAGE = 4 << 20;

  private final int maxEntries;
  private final long maxText;
  private final NavigableMap<Long, LedgerEntry> entries = new TreeMap<>();
  private long last;
  private long text;

  /**
   * Creates an empty ledger.
   *
   * @param maxEntries the maximum number of entries
   * @param maxText the maximum number of characters in all of them
   */
  Ledger(int maxEntries, long maxText) {
    this.maxEntries = maxEntries;
    this.maxText = maxText;
  }

  /** A filter of entries. */
  record Search(Optional<String> provider, Optional<String> to) {
    boolean matches(LedgerEntry entry) {
      return provider.map(entry.provider::equals).orElse(true)
          && to.map(entry.message.to()::equalsIgnoreCase).orElse(true);
    }
  }

  /** A page of entries and the number after which the next begins. */
  record Page(List<LedgerEntry> entries, Optional<Long> next) {}

  LedgerEntry add(LongFunction<LedgerEntry> entryOf) {
    LedgerEntry entry = entryOf.apply(++last);
    entries.put(entry.number, entry);
    text += weight(entry);
    while (entries.size() > maxEntries || (text > maxText && entries.size() > 1)) {
      text -= weight(entries.pollFirstEntry().getValue());
    }
    return entry;
  }

  private static long weight(LedgerEntry entry) {
    return ENTRY_OVERHEAD + entry.message.size();
  }

  Page page(Search search, long after, int limit) {
    List<LedgerEntry> found = new ArrayList<>();
    long size = 0;
    for (Map.Entry<Long, LedgerEntry> each : entries.tailMap(after, false).entrySet()) {
      if (search.matches(each.getValue())) {
        if (found.size() == limit || size > MAX_PAGE) {
          return new Page(found, Optional.of(found.getLast().number));
        }
        found.add(each.getValue());
        size += each.getValue().message.size();
      }
    }
    return new Page(found, Optional.empty());
  }
}
