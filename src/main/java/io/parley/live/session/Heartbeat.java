package io.parley.live.session;

/**
 * Decides, once a second, whether a client is alive: it must send something or answer a ping within
 * a minute, and must take what it is sent.
 */
final class Heartbeat {
  static final long SWEEP_MS = 1_000;
  static final long SILENCE_MS = 60_000;
  static final long PING_MS = 25_000;
  static final long STUCK_MS = 8_000;

  /** What to do with the client. */
  enum Verdict {
    NOTHING,
    PING,
    SILENT,
    STUCK
  }

  private long heardAt;
  private long pingedAt;
  private int stuckSweeps;

  Heartbeat(long now) {
    this.heardAt = now;
    this.pingedAt = now;
  }

  /** The client has shown that it is alive, or cannot, because nothing is being read. */
  void alive(long now) {
    heardAt = now;
  }

  /** Called every {@link #SWEEP_MS}. */
  Verdict sweep(long now, boolean isStuck) {
    if (now - heardAt > SILENCE_MS) {
      return Verdict.SILENT;
    }
    if (isStuck) {
      stuckSweeps++;
      return stuckSweeps * SWEEP_MS >= STUCK_MS ? Verdict.STUCK : Verdict.NOTHING;
    }
    stuckSweeps = 0;
    if (now - pingedAt > PING_MS) {
      pingedAt = now;
      return Verdict.PING;
    }
    return Verdict.NOTHING;
  }
}
