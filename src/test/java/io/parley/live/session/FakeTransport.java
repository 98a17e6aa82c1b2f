package io.parley.live.session;

import io.parley.live.frame.SharedFrame;
import io.parley.live.transport.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A transport that records what is asked of it. */
final class FakeTransport implements Transport {
  final List<String> sent = new ArrayList<>();
  boolean reading = true;
  long backlog;
  boolean stuck;
  boolean tooManyReplies;
  int pings;
  int closedWith;

  @Override
  public void send(SharedFrame event) {
    sent.add(new String(event.event(), StandardCharsets.UTF_8));
  }

  @Override
  public void send(byte[] frame) {
    sent.add(new String(frame, StandardCharsets.UTF_8));
  }

  @Override
  public long backlog() {
    return backlog;
  }

  @Override
  public boolean isStuck() {
    return stuck;
  }

  @Override
  public boolean hasTooManyReplies() {
    return tooManyReplies;
  }

  @Override
  public void flush() {}

  @Override
  public void setReading(boolean on) {
    reading = on;
  }

  @Override
  public void ping() {
    pings++;
  }

  @Override
  public void close(int code, String reason) {
    closedWith = code;
  }
}
