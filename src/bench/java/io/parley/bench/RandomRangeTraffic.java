package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Random;

/** Analytics requests with random time ranges. */
final class RandomRangeTraffic implements Traffic {
  private final String token;
  private final Instant first;
  private final long millis;
  private final Random random;

  /** Within {@code millis} from {@code first} on. */
  RandomRangeTraffic(String token, Instant first, long millis, long seed) {
    this.token = token;
    this.first = first;
    this.millis = millis;
    this.random = new Random(seed);
  }

  synchronized String path() {
    long one = random.nextLong(millis);
    long other = random.nextLong(millis);
    return (random.nextBoolean() ? "/api/analytics/users" : "/api/analytics/conversations")
        + "?start="
        + first.plusMillis(Math.min(one, other))
        + "&end="
        + first.plusMillis(Math.max(one, other));
  }

  @Override
  public ByteBuf next(int line) {
    return Unpooled.copiedBuffer(HttpText.get(path(), token), StandardCharsets.UTF_8);
  }

  @Override
  public void answered(int line, ByteBuf body) {
    if (!body.toString(StandardCharsets.UTF_8).startsWith("{\"data\":[{\"")) {
      throw new IllegalStateException("nobody: " + body.toString(StandardCharsets.UTF_8));
    }
  }
}
