package io.parley.flow;

/** A rate limit that allows short bursts. Time is an argument. */
public final class TokenBucket {
  private final double perSecond;
  private final double most;
  private double tokens;
  private long countedAtMs;
  private int shares = 1;

  /** {@code most} is the size of a burst; a rate of 0 means unlimited. */
  public TokenBucket(double perSecond, double most, long nowMs) {
    this.perSecond = perSecond;
    this.most = most;
    this.tokens = most;
    this.countedAtMs = nowMs;
  }

  /** From now on the rate is divided by {@code count}: so many buckets share it. */
  public void share(int count, long nowMs) {
    if (count != shares) {
      refill(nowMs);
      shares = count;
    }
  }

  /** Whole tokens available now. */
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

  /** Adds tokens, or takes them in advance if {@code more} is negative. */
  public void add(double more) {
    tokens = Math.min(most, tokens + more);
  }

  /** Time until a whole token is available. */
  public long msUntilOne(long nowMs) {
    return available(nowMs) >= 1 ? 0 : (long) Math.ceil((1 - tokens) * 1_000 * shares / perSecond);
  }

  private void refill(long nowMs) {
    tokens = Math.min(most, tokens + (nowMs - countedAtMs) * perSecond / 1_000 / shares);
    countedAtMs = nowMs;
  }
}
