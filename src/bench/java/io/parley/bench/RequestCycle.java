package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Requests that differ by their number, whose answers all contain the same text. */
final class RequestCycle implements Traffic {
  private final IntFunction<String> requests;
  private final String expected;
  private final AtomicInteger next = new AtomicInteger();

  RequestCycle(String expected, IntFunction<String> requests) {
    this.expected = expected;
    this.requests = requests;
  }

  @Override
  public ByteBuf next(int line) {
    return Unpooled.copiedBuffer(requests.apply(next.getAndIncrement()), StandardCharsets.UTF_8);
  }

  @Override
  public void answered(int line, ByteBuf body) {
    String text = body.toString(StandardCharsets.UTF_8);
    if (!text.contains(expected)) {
      throw new IllegalStateException("no " + expected + " in " + text);
    }
  }
}
