package io.parley.cluster;

import io.parley.bus.Relay;
import io.parley.bus.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What this node has published for the others and not sent yet, numbered by topic. What does not
 * fit, or is published while nobody sends, is dropped, but has its number: peers notice the gap.
 * Safe from any thread.
 */
final class NewsOutbox implements Relay {
  static final int MAX_WAITING = 20_000;

  /** An event with its number among those of its topic. */
  record Outgoing(String topic, long number, Object event) {}

  private final Map<String, Long> numbers = new HashMap<>();
  private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
  private Runnable wake = () -> {};
  private boolean open;
  private boolean woken;

  @Override
  public void relay(Topic<?> topic, Object event) {
    Runnable waker;
    synchronized (this) {
      long number = numbers.merge(topic.address(), 1L, Long::sum);
      if (!open || waiting.size() >= MAX_WAITING) {
        return;
      }
      waiting.add(new Outgoing(topic.address(), number, event));
      if (woken) {
        return;
      }
      woken = true;
      waker = wake;
    }
    waker.run();
  }

  /** From now on {@code sender} is run whenever something begins to wait. */
  synchronized void open(Runnable sender) {
    waiting.clear();
    wake = sender;
    woken = false;
    open = true;
  }

  synchronized void close() {
    open = false;
    waiting.clear();
    wake = () -> {};
  }

  /** Takes the next {@code most} that wait; after an empty list the sender is run again. */
  synchronized List<Outgoing> take(int most) {
    List<Outgoing> taken = new ArrayList<>(Math.min(most, waiting.size()));
    while (taken.size() < most && !waiting.isEmpty()) {
      taken.add(waiting.poll());
    }
    woken = !taken.isEmpty();
    return taken;
  }

  /** The number of the last event by topic. */
  synchronized Map<String, Long> numbers() {
    return Map.copyOf(numbers);
  }
}
