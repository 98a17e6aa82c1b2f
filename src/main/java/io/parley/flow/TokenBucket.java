package io.parley.flow;

/** So many a second, and a few more after a rest. Time is an argument. */
public final class TokenBucket {
  private final double perSecond;
  private final double most;
  private double tokens;
  private long countedAtMs;

  /** A rate of 0 is no limit. */
  public TokenBucket(double perSecond, double most, long nowMs) {
    this.perSecond = perSecond;
    this.most = most;
    this.tokens = most;
    this.countedAtMs = nowMs;
  }

  /** Whole tokens at hand. */
  public int available(long nowMs) {
    if (perSecond == 0) {
      return Integer.MAX_VALUE;
    }
    refill(nowMs);
    return (int) tokens;
  }

  public boolean take(long nowMs) {
    if (available(nowMs) < 1) {
      return false;
    }
    tokens--;
    return true;
  }

  public void add(double more) {
    tokens = Math.min(most, tokens + more);
  }

  /** How long until there is a whole one. */
  public long msUntilOne(long nowMs) {
    return available(nowMs) >= 1 ? 0 : (long) Math.ceil((1 - tokens) * 1_000 / perSecond);
  }

  private void refill(long nowMs) {
    tokens = Math.min(most, tokens + (nowMs - countedAtMs) * perSecond / 1_000);
    countedAtMs = nowMs;
  }
}
