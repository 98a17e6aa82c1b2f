package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Signed inbound SMS: first one for each of some thousand pairs of addresses, then for random
 * pairs, of which one in a hundred is new; one request in ten repeats a recent one. The number of a
 * message determines it entirely.
 */
final class IngestTraffic implements Traffic {
  static final int PAIRS = 4_000;
  static final int NEW_ONE_IN = 100;
  static final int AGAIN_ONE_IN = 10;
  private static final int LATELY = 20_000;
  private static final int SIDES = 20;
  private static final String TEXT = "x".repeat(160);

  private final SignedWebhook webhook;
  private final AtomicLong next = new AtomicLong();
  private final long[] numbers;
  private final Map<Long, String> acknowledged = new ConcurrentHashMap<>();

  IngestTraffic(int lines, byte[] secret) {
    this.numbers = new long[lines];
    this.webhook = new SignedWebhook(secret);
  }

  @Override
  public ByteBuf next(int line) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long last = next.get();
    long number =
        last > 0 && random.nextInt(AGAIN_ONE_IN) == 0
            ? last - random.nextLong(Math.min(last, LATELY))
            : next.incrementAndGet();
    numbers[line] = number;
    String body = body(number);
    String signed = webhook.head("/api/webhooks/sms", body);
    return Unpooled.copiedBuffer(signed + body, StandardCharsets.US_ASCII);
  }

  private static String body(long number) {
    long pair =
        number <= PAIRS
            ? number
            : number % NEW_ONE_IN == 0
                ? PAIRS + number / NEW_ONE_IN
                : 1 + Long.remainderUnsigned(number * 0x9E3779B97F4A7C15L, PAIRS);
    return "{\"from\":\"+1201"
        + padded(pair, 7)
        + "\",\"to\":\"+1202555"
        + padded(pair % SIDES, 4)
        + "\",\"type\":\"sms\",\"messaging_provider_id\":\"m"
        + number
        + "\",\"body\":\""
        + TEXT
        + "\",\"attachments\":null,\"timestamp\":\"2026-01-31T12:00:00Z\"}";
  }

  private static String padded(long number, int digits) {
    return Long.toString(10_000_000L + number).substring(8 - digits);
  }

  @Override
  public void answered(int line, ByteBuf body) {
    String text = body.toString(StandardCharsets.US_ASCII);
    int from = text.indexOf("\"id\":\"") + 6;
    String place = text.substring(from, text.indexOf('"', from));
    String before = acknowledged.putIfAbsent(numbers[line], place);
    if (before != null && !before.equals(place)) {
      throw new IllegalStateException(numbers[line] + " is " + before + ", and " + place);
    }
  }

  /** Whether somebody of every pair has written. */
  boolean isUnderWay() {
    return next.get() > PAIRS;
  }

  /** Where each message is, as the answers said, by the provider's name for it. */
  Map<Long, String> acknowledged() {
    return acknowledged;
  }
}
