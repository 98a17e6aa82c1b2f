package io.parley.http;

import io.parley.flow.TokenBucket;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * A warning that clients can cause as often as they like: logged once a minute at most. Confined to
 * its event loop.
 */
final class LimitedWarning {
  private static final double PER_SECOND = 1.0 / 60;

  private final Logger log;
  private final String message;
  private final TokenBucket allowed = new TokenBucket(PER_SECOND, 1, now());

  LimitedWarning(Logger log, String message) {
    this.log = log;
    this.message = message;
  }

  void log(String key, Object value) {
    if (allowed.take(now())) {
      log.atWarn().addKeyValue(key, value).log(message);
    }
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
