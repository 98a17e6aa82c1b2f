package io.parley.live.session;

import io.parley.api.auth.Caller;
import io.parley.identity.ClientAddress;
import io.parley.live.frame.CloseCode;
import io.parley.live.frame.SharedFrame;
import io.parley.live.transport.Transport;
import io.parley.live.transport.TransportEvents;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One client from its connection to its end. Joins the parts: frames go through the input queue to
 * the router, events through the inbox to the transport; the heartbeat and the identity may end it.
 */
public final class Session
    implements TransportEvents, Client, SessionIdentity.Listener, InputQueue.Handler {
  private static final int MAX_BACKLOG = 256 * 1024;

  /** Follows the sessions of an event loop. */
  public interface Observer {
    /** The gateway ends a session. */
    void closing(int code);

    /** {@code session} has ended, no matter who ended it. */
    void ended(TransportEvents session);
  }

  private final SessionContext context;
  private final Transport transport;
  private final Observer observer;
  private final Heartbeat heartbeat;
  private final SessionIdentity identity;
  private final ClientAddress address;
  private final InputQueue input;
  private final Inbox inbox;
  private final FrameRouter router;
  private final long checkedSince;
  private @Nullable Long countedFor;
  private boolean closed;

  public Session(
      SessionContext context,
      Transport transport,
      String id,
      SessionCredentials credentials,
      Observer observer) {
    this.context = context;
    this.transport = transport;
    this.observer = observer;
    this.heartbeat = new Heartbeat(context.loop().now());
    this.identity = new SessionIdentity(context.loop(), context.revocations(), this, credentials);
    this.checkedSince = credentials.checkedSince();
    this.address = credentials.address();
    this.input = new InputQueue(context.loop(), transport, this);
    this.inbox = new Inbox(context.subscriptions(), this);
    this.router = new FrameRouter(context, this, id, identity, input, inbox);
  }

  /** Begins: the user behind it counts as online. */
  public void open() {
    context.presence().arrived(identity.caller());
    // later: the transport is not open yet
    context
        .loop()
        .execute(
            () -> {
              count(identity.caller());
              identity.recheckIfRevoked(checkedSince);
            });
  }

  @Override
  public Caller caller() {
    return identity.caller();
  }

  @Override
  public ClientAddress address() {
    return address;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void alive() {
    heartbeat.alive(context.loop().now());
  }

  @Override
  public void frame(byte[] text) {
    alive();
    input.add(text);
  }

  @Override
  public void handle(byte[] text) {
    router.route(text);
  }

  @Override
  public void malformed(String reason) {
    router.refuseMalformed(Optional.empty(), reason);
  }

  @Override
  public boolean admits(Caller visitor) {
    return !identity.isKnown()
        || (SessionIdentity.isKnown(visitor) && caller().party().id() == visitor.party().id());
  }

  @Override
  public boolean isAuthenticated() {
    return identity.isKnown();
  }

  @Override
  public void repliesTaken() {
    input.repliesTaken();
  }

  @Override
  public void send(SharedFrame event) {
    transport.send(event);
    if (transport.backlog() > MAX_BACKLOG) {
      disconnect(CloseCode.TOO_SLOW, "too slow");
    }
  }

  @Override
  public void send(byte[] frame) {
    if (!closed) {
      transport.send(frame);
    }
  }

  @Override
  public void ephemeral(SharedFrame event) {
    inbox.ephemeral(event);
  }

  @Override
  public void callerChanged(Caller before, Caller now) {
    router.callerChanged(before, now);
    count(now);
  }

  /**
   * Counts this socket for the party that it acts as, and closes it if that has too many. Closing
   * tells every transport why, which a refused handshake would not tell a browser.
   */
  private void count(Caller now) {
    Long party = SessionIdentity.isKnown(now) ? (Long) now.party().id() : null;
    if (closed || Objects.equals(party, countedFor)) {
      return;
    }
    uncount();
    if (party == null) {
      return;
    }
    if (context.socketsByParty().tryTake(party)) {
      countedFor = party;
    } else {
      disconnect(CloseCode.NOT_ALLOWED, "you have too many sockets on this node; close some");
    }
  }

  private void uncount() {
    if (countedFor != null) {
      context.socketsByParty().release(countedFor);
      countedFor = null;
    }
  }

  @Override
  public void credentialsEnded() {
    disconnect(CloseCode.CREDENTIALS_ENDED, "credentials ended");
  }

  /** Checks the credentials again if they depend on one of these accounts or logins. */
  public void recheckIfAffected(Set<Long> accounts, Set<UUID> logins) {
    if (caller().dependsOn(accounts, logins)) {
      identity.recheck();
    }
  }

  /** Called every {@link Heartbeat#SWEEP_MS}. */
  public void sweep() {
    long now = context.loop().now();
    if (input.isHoldingBack()) {
      heartbeat.alive(now);
    }
    Optional<String> expired = identity.expired(now);
    if (expired.isPresent()) {
      disconnect(CloseCode.CREDENTIALS_ENDED, expired.get());
      return;
    }
    switch (heartbeat.sweep(now, transport.isStuck())) {
      case NOTHING -> {}
      case PING -> transport.ping();
      case SILENT -> disconnect(CloseCode.NORMAL, "silence");
      case STUCK -> disconnect(CloseCode.TOO_SLOW, "too slow");
    }
  }

  @Override
  public void disconnect(int code, String reason) {
    if (!closed) {
      observer.closing(code);
      transport.close(code, reason);
      ended();
    }
  }

  @Override
  public void ended() {
    if (closed) {
      return;
    }
    closed = true;
    uncount();
    input.close();
    identity.end();
    inbox.unsubscribe();
    context.presence().unwatch(this);
    context.presence().left(caller());
    context.typing().forget(this);
    observer.ended(this);
  }
}
