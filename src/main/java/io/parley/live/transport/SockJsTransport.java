package io.parley.live.transport;

import io.parley.api.auth.Caller;
import io.parley.live.frame.CloseCode;
import io.parley.live.frame.SharedFrame;
import io.parley.live.frame.SockJsFrames;
import io.parley.live.loop.Loop;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A SockJS session over HTTP: a connection made of many requests. At most one response carries
 * frames to the client at a time; between two of them frames queue here, within the same byte
 * limits as on a WebSocket. Confined to the event loop where the session began.
 */
public final class SockJsTransport implements Transport, SockJsStream.Events {
  private static final long ABSENCE_MS = 5_000;
  private static final int SLOWEST_BYTES_PER_MS = 8;
  private static final int MAX_FRAME = 64 * 1024;
  private static final int MAX_BYTES_BEFORE_LOGIN = 64 * 1024;
  private static final long MAX_WAIT_MS = 5_000;
  private static final byte[] ALREADY_CONNECTED =
      SockJsFrames.close(2010, "Another connection still open");

  private record Queued(byte[] quoted, boolean reply) {}

  /** Messages that wait until the client may get them in. */
  private record Received(List<byte[]> messages, Consumer<Boolean> taken) {}

  private final Loop loop;
  private final FlushQueue flushes;
  private final String id;
  private final boolean needsCredentials;
  private final UnreadReplies replies = new UnreadReplies();
  private final ArrayDeque<Queued> queue = new ArrayDeque<>();
  private @Nullable TransportEvents events;
  private @Nullable SockJsStream stream;
  private @Nullable Received waiting;
  private long waits;
  private byte @Nullable [] closeFrame;
  private long absentUntil;
  private long eventBytes;
  private long framesSent;
  private long framesSentBefore;
  private boolean opened;
  private boolean reading = true;
  private boolean queued;

  /** {@code needsCredentials}: its requests must show those that it began with. */
  public SockJsTransport(Loop loop, FlushQueue flushes, String id, boolean needsCredentials) {
    this.loop = loop;
    this.flushes = flushes;
    this.id = id;
    this.needsCredentials = needsCredentials;
    this.absentUntil = loop.now() + ABSENCE_MS;
  }

  public String id() {
    return id;
  }

  public void open(TransportEvents listener) {
    events = listener;
  }

  /** Runs {@code task} on the loop that this transport is confined to. Safe from any thread. */
  public void execute(Runnable task) {
    loop.execute(task);
  }

  public boolean needsCredentials() {
    return needsCredentials;
  }

  /** Whether {@code visitor} may use this session; to others it does not exist. */
  public boolean admits(Caller visitor) {
    return events == null || events.admits(visitor);
  }

  /** Answers {@code request}, which waits for frames. Safe from any event loop. */
  public void attach(HttpServerRequest request, SockJsStream.Kind kind, Loop requestLoop) {
    SockJsStream attached = new SockJsStream(request, kind, requestLoop, loop, this);
    loop.execute(() -> attach(attached));
  }

  private void attach(SockJsStream attached) {
    alive();
    if (closeFrame != null) {
      attached.send(closeFrame);
      attached.end();
      return;
    }
    if (stream != null && !stream.isComplete()) {
      attached.send(ALREADY_CONNECTED);
      attached.end();
      return;
    }
    stream = attached;
    if (!opened) {
      opened = true;
      attached.send(SockJsFrames.open());
    }
    flush();
  }

  @Override
  public void alive() {
    if (events != null) {
      events.alive();
    }
  }

  @Override
  public void writable() {
    flush();
  }

  @Override
  public void ended(SockJsStream ended) {
    if (stream == ended) {
      boolean cutOff = !ended.isComplete();
      detach();
      if (cutOff && events != null) {
        // nobody knows whether the client received what was sent: it has to start a new session
        close(CloseCode.PROTOCOL_ERROR, "Connection interrupted");
      }
    }
  }

  // a slow line may still be carrying what we have sent: allow for that before the client counts
  // as absent
  private void detach() {
    long sent = stream == null ? 0 : stream.sentBytes();
    stream = null;
    absentUntil = loop.now() + ABSENCE_MS + sent / SLOWEST_BYTES_PER_MS;
  }

  /**
   * Takes messages from the client, at once or when its earlier ones have been handled and it has
   * read its replies; {@code taken} learns whether that was so in time. The clients of SockJS send
   * one request after the other, and give their session up over any other answer than success.
   */
  public void receive(List<byte[]> messages, Consumer<Boolean> taken) {
    TransportEvents listener = events;
    if (listener == null || waiting != null) {
      taken.accept(false);
    } else if (!listener.isAuthenticated() && bytes(messages) > MAX_BYTES_BEFORE_LOGIN) {
      close(CloseCode.NOT_ALLOWED, "too much before authentication");
      taken.accept(false);
    } else if (reading && !replies.areTooMany()) {
      messages.forEach(listener::frame);
      taken.accept(true);
    } else {
      waiting = new Received(messages, taken);
      long wait = ++waits;
      // the timer must not hold the messages once they have been taken
      loop.after(
          MAX_WAIT_MS,
          () -> {
            if (wait == waits) {
              giveUp();
            }
          });
    }
  }

  private void giveUp() {
    Received received = waiting;
    if (received != null) {
      waiting = null;
      received.taken().accept(false);
    }
  }

  private void receiveWaiting() {
    Received received = waiting;
    if (received != null && reading && !replies.areTooMany()) {
      waiting = null;
      receive(received.messages(), received.taken());
    }
  }

  private static long bytes(List<byte[]> messages) {
    return messages.stream().mapToLong(each -> each.length).sum();
  }

  @Override
  public void send(SharedFrame event) {
    add(new Queued(event.sockJsMessage(), false));
  }

  @Override
  public void send(byte[] frame) {
    add(new Queued(SockJsFrames.quoted(frame), true));
  }

  private void add(Queued message) {
    if (closeFrame != null) {
      return;
    }
    queue.add(message);
    if (message.reply()) {
      replies.add(message.quoted().length);
    } else {
      eventBytes += message.quoted().length;
    }
    if (!queued) {
      queued = true;
      flushes.add(this);
    }
  }

  @Override
  public void flush() {
    queued = false;
    boolean hadTooMany = replies.areTooMany();
    writeQueued();
    if (hadTooMany && !replies.areTooMany() && events != null) {
      events.repliesTaken();
    }
  }

  private void writeQueued() {
    while (stream != null && stream.isWritable() && !queue.isEmpty()) {
      stream.send(SockJsFrames.messages(nextMessages()));
      framesSent++;
    }
  }

  private List<byte[]> nextMessages() {
    List<byte[]> messages = new ArrayList<>();
    int bytes = 0;
    while (!queue.isEmpty() && bytes < MAX_FRAME) {
      Queued message = queue.poll();
      bytes += message.quoted().length;
      if (message.reply()) {
        replies.remove(message.quoted().length);
      } else {
        eventBytes -= message.quoted().length;
      }
      messages.add(message.quoted());
    }
    return messages;
  }

  @Override
  public long backlog() {
    return eventBytes;
  }

  @Override
  public boolean hasTooManyReplies() {
    return replies.areTooMany();
  }

  @Override
  public boolean isStuck() {
    // between two requests nothing can be taken; the absence limit covers that
    boolean stuck =
        stream != null
            && !stream.isWritable()
            && !queue.isEmpty()
            && framesSent == framesSentBefore;
    framesSentBefore = framesSent;
    return stuck;
  }

  @Override
  public void setReading(boolean on) {
    reading = on;
    if (on && waiting != null) {
      // later: this is called while frames are being handled
      loop.execute(this::receiveWaiting);
    }
  }

  @Override
  public void ping() {
    if (stream != null && stream.isWritable()) {
      stream.send(SockJsFrames.heartbeat());
    }
  }

  @Override
  public void close(int code, String reason) {
    if (closeFrame != null) {
      return;
    }
    writeQueued();
    closeFrame = SockJsFrames.close(code, reason);
    queue.clear();
    eventBytes = 0;
    giveUp();
    if (stream != null && !stream.isComplete()) {
      stream.send(closeFrame);
      stream.end();
    }
    detach();
    if (events != null) {
      events.ended();
    }
  }

  /** Whether the client has stayed away longer than allowed. */
  public boolean isAbandoned(long now) {
    return stream == null && now > absentUntil;
  }

  public void abandon() {
    close(CloseCode.PROTOCOL_ERROR, "no request arrived in time");
  }
}
