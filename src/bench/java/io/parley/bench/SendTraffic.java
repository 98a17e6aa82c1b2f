package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * Messages of 256 characters to random groups, each with a client id of its own, and the client ids
 * that were acknowledged. Everything but the id is encoded beforehand.
 */
final class SendTraffic implements Traffic {
  private static final String TEXT = "x".repeat(256);
  private static final int DIGITS = 12;
  private static final byte[] END = "\"}".getBytes(StandardCharsets.US_ASCII);

  private final byte[][] beginnings = new byte[LoadGroups.COUNT * LoadGroups.WRITERS][];
  private final AtomicLong next = new AtomicLong();
  private final int[] groups;
  private final long[] ids;
  private final List<Set<Long>> acknowledged = new ArrayList<>();

  /** Each line keeps to itself; only what is acknowledged is shared. */
  SendTraffic(int lines, IntFunction<String> pathOfGroup, LoadGroups tokens) {
    this.groups = new int[lines];
    this.ids = new long[lines];
    String begin = "{\"body\":\"" + TEXT + "\",\"client_id\":\"";
    int length = begin.length() + DIGITS + END.length;
    for (int group = 1; group <= LoadGroups.COUNT; group++) {
      acknowledged.add(Collections.synchronizedSet(new HashSet<>()));
      for (int writer = 0; writer < LoadGroups.WRITERS; writer++) {
        String authorization = tokens.token(group, writer);
        String head = HttpText.postHead(pathOfGroup.apply(group), authorization, length) + begin;
        beginnings[(group - 1) * LoadGroups.WRITERS + writer] =
            head.getBytes(StandardCharsets.US_ASCII);
      }
    }
  }

  @Override
  public ByteBuf next(int line) {
    int choice = ThreadLocalRandom.current().nextInt(beginnings.length);
    long id = next.incrementAndGet();
    groups[line] = choice / LoadGroups.WRITERS + 1;
    ids[line] = id;
    byte[] beginning = beginnings[choice];
    byte[] rest = new byte[DIGITS + END.length];
    System.arraycopy(END, 0, rest, DIGITS, END.length);
    for (int at = DIGITS - 1; at >= 0; at--) {
      rest[at] = (byte) ('0' + id % 10);
      id /= 10;
    }
    return Unpooled.wrappedBuffer(beginning, rest);
  }

  @Override
  public void answered(int line, ByteBuf body) {
    acknowledgedIn(groups[line]).add(ids[line]);
  }

  /** The client ids that were acknowledged in a group. */
  Set<Long> acknowledgedIn(int group) {
    return acknowledged.get(group - 1);
  }

  long acknowledged() {
    return acknowledged.stream().mapToLong(Set::size).sum();
  }
}
