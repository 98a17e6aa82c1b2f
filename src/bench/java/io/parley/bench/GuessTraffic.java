package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.parley.testing.TimingDifference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;

/**
 * Sign-ins with wrong passwords from a thousand addresses. Half of the names are those of users,
 * and the times of both halves are kept apart. Confined to the event loop of an open round.
 */
final class GuessTraffic implements Traffic {
  private static final int ADDRESSES = 1_000;
  private static final int BUSY = 503;
  private static final int DELAYED = 429;
  private static final int WRONG = 400;

  private final LongFunction<String> users;
  private final LongFunction<String> nobodies;
  private final boolean[] isUser;
  private final SplittableRandom random = new SplittableRandom(3);
  private final Map<Integer, LongAdder> statuses = new ConcurrentSkipListMap<>();
  private final List<Long> ofUsers = new ArrayList<>();
  private final List<Long> ofNobodies = new ArrayList<>();
  private long next;

  /** The names by the number of the guess. */
  GuessTraffic(int lines, LongFunction<String> users, LongFunction<String> nobodies) {
    this.isUser = new boolean[lines];
    this.users = users;
    this.nobodies = nobodies;
  }

  @Override
  public ByteBuf next(int line) {
    next++;
    isUser[line] = random.nextBoolean();
    String name = (isUser[line] ? users : nobodies).apply(next);
    int address = random.nextInt(ADDRESSES);
    String from = "X-Forwarded-For: 198.18." + address / 250 + "." + (address % 250 + 1) + "\r\n";
    String request = SignInTraffic.request(name, "guess number " + next, from);
    return Unpooled.wrappedBuffer(request.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean expects(int status) {
    return status == WRONG || status == DELAYED || status == BUSY;
  }

  @Override
  public void refused(int line, int status, long nanos) {
    statuses.computeIfAbsent(status, any -> new LongAdder()).increment();
    if (status == WRONG) {
      (isUser[line] ? ofUsers : ofNobodies).add(nanos);
    }
  }

  @Override
  public void answered(int line, ByteBuf body) {
    throw new IllegalStateException("a guess was right: " + body.toString(StandardCharsets.UTF_8));
  }

  String statuses() {
    return statuses.toString();
  }

  /** Whether the times tell which names are those of users: not, if 0.5. */
  double slowerForUsers() {
    return TimingDifference.slower(ofUsers, ofNobodies);
  }

  /** The answers whose times were compared. */
  long compared() {
    return (long) ofUsers.size() + ofNobodies.size();
  }
}
