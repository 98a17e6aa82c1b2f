package io.parley.live.session;

import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.contract.Contract;
import io.parley.api.operations.ConversationRefs;
import io.parley.api.operations.Input;
import io.parley.api.operations.Operations;
import io.parley.bus.Bus;
import io.parley.flow.ConcurrencyLimit;
import io.parley.flow.KeyedSlots;
import io.parley.identity.ClientAddress;
import io.parley.live.feed.Subscriptions;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;

/** What the sessions of one event loop share. */
public final class SessionContext {
  private static final int MAX_RESUMES = 32;

  private final Loop loop;
  private final Bus bus;
  private final Operations operations;
  private final Authenticator authenticator;
  private final Subscriptions subscriptions;
  private final Typing typing;
  private final Presence presence;
  private final Revocations revocations;
  private final ConversationRefs refs;
  private final KeyedSlots<Long> socketsByParty;

  /** Resumes read much. No bound on waiting: a socket has at most one. */
  private final ConcurrencyLimit resumes = new ConcurrencyLimit(MAX_RESUMES, Integer.MAX_VALUE);

  public SessionContext(
      Loop loop,
      Bus bus,
      Operations operations,
      Authenticator authenticator,
      Subscriptions subscriptions,
      KeyedSlots<Long> socketsByParty) {
    this.loop = loop;
    this.bus = bus;
    this.operations = operations;
    this.authenticator = authenticator;
    this.subscriptions = subscriptions;
    this.socketsByParty = socketsByParty;
    this.refs = new ConversationRefs(bus);
    this.typing = new Typing(loop, bus, subscriptions);
    this.presence = new Presence(bus);
    this.revocations = new Revocations(loop);
  }

  Loop loop() {
    return loop;
  }

  Bus bus() {
    return bus;
  }

  Operations operations() {
    return operations;
  }

  Contract contract() {
    return operations.contract();
  }

  Subscriptions subscriptions() {
    return subscriptions;
  }

  public Typing typing() {
    return typing;
  }

  public Presence presence() {
    return presence;
  }

  public Revocations revocations() {
    return revocations;
  }

  /** How many sockets each caller may have open on this node, on all its event loops. */
  KeyedSlots<Long> socketsByParty() {
    return socketsByParty;
  }

  ConcurrencyLimit resumes() {
    return resumes;
  }

  Future<Caller> authenticate(String token) {
    return authenticator.bearer(token);
  }

  /** The direct conversation of {@code caller} with the user {@code name}, if there is one. */
  Future<Optional<Long>> conversationWith(Caller caller, String name) {
    return refs.find(
        caller, new Input(Map.of("ref", name), Optional.empty(), "", ClientAddress.LOCAL));
  }
}
