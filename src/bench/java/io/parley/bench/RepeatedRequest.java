package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One request, repeated. The first answer of each connection is checked; the others must have the
 * same length, because nothing changes meanwhile.
 */
final class RepeatedRequest implements Traffic {
  private final ByteBuf request;
  private final List<String> expected;
  private volatile int length;

  private RepeatedRequest(String request, List<String> expected) {
    this.request =
        Unpooled.unreleasableBuffer(
            Unpooled.directBuffer().writeBytes(request.getBytes(StandardCharsets.UTF_8)));
    this.expected = expected;
  }

  /** A GET whose answers contain {@code expected}. */
  static RepeatedRequest get(String path, String authorization, String... expected) {
    return new RepeatedRequest(HttpText.get(path, authorization), List.of(expected));
  }

  @Override
  public ByteBuf next(int line) {
    return request.duplicate();
  }

  @Override
  public void answered(int line, ByteBuf body) {
    int known = length; // lines of several event loops come here at once
    if (known == body.readableBytes()) {
      return;
    }
    String text = body.toString(StandardCharsets.UTF_8);
    if (known != 0) {
      throw new IllegalStateException("another answer to the same request: " + text);
    }
    for (String part : expected) {
      if (!text.contains(part)) {
        throw new IllegalStateException("no " + part + " in " + text);
      }
    }
    length = body.readableBytes();
  }
}
