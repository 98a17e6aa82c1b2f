package io.parley.http;

import io.parley.flow.ByteBudget;

/**
 * The memory for request bodies of one event loop. Requests whose sender is not known yet share a
 * quarter of it, so that strangers cannot take the memory of everybody else. Confined to its event
 * loop.
 */
final class BodyMemory {
  private static final int STRANGERS = 4;

  private final ByteBudget all;
  private final ByteBudget strangers;

  BodyMemory(long bytes) {
    this.all = new ByteBudget(bytes);
    this.strangers = new ByteBudget(bytes / STRANGERS);
  }

  Share share(boolean stranger) {
    return new Share(stranger);
  }

  /** What one body takes of the memory, part by part as it arrives. */
  final class Share {
    private final boolean stranger;
    private long taken;
    private boolean released;

    private Share(boolean stranger) {
      this.stranger = stranger;
    }

    /** Whether there is memory for {@code bytes} more; there is none after the release. */
    boolean tryTake(int bytes) {
      // a part that was kept back while the connection ended may still arrive
      if (released) {
        return false;
      }
      if (stranger && !strangers.tryTake(bytes)) {
        return false;
      }
      if (!all.tryTake(bytes)) {
        if (stranger) {
          strangers.release(bytes);
        }
        return false;
      }
      taken += bytes;
      return true;
    }

    void release() {
      released = true;
      all.release(taken);
      if (stranger) {
        strangers.release(taken);
      }
      taken = 0;
    }
  }
}
