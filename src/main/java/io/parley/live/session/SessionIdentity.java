package io.parley.live.session;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/** Who a session acts as, and whether the credentials behind that are still valid. */
final class SessionIdentity {
  static final long LOGIN_MS = 10_000;
  static final long RETRY_MS = 1_000;

  /** What changes. */
  interface Listener {
    void callerChanged(Caller before, Caller now);

    void credentialsEnded();
  }

  private final Loop loop;
  private final Revocations revocations;
  private final Listener listener;
  private final long openedAt;
  private Caller caller;
  private Optional<Supplier<Future<Caller>>> recheck;

  SessionIdentity(
      Loop loop, Revocations revocations, Listener listener, SessionCredentials credentials) {
    this.loop = loop;
    this.revocations = revocations;
    this.listener = listener;
    this.openedAt = loop.now();
    this.caller = credentials.caller();
    this.recheck = credentials.recheck();
  }

  Caller caller() {
    return caller;
  }

  boolean isKnown() {
    return isKnown(caller);
  }

  static boolean isKnown(Caller caller) {
    return !(caller instanceof Caller.Nobody);
  }

  /** The client has shown new credentials, whose check may have begun at {@code checkedSince}. */
  void authenticated(Caller known, long checkedSince, Supplier<Future<Caller>> recheckIt) {
    recheck = Optional.of(recheckIt);
    become(known);
    recheckIfRevoked(checkedSince);
  }

  /** Checks the credentials again if they were revoked since, unnoticed by the check itself. */
  void recheckIfRevoked(long checkedSince) {
    if (revocations.concern(caller, checkedSince)) {
      recheck();
    }
  }

  private void become(Caller known) {
    Caller before = caller;
    caller = known;
    listener.callerChanged(before, known);
  }

  /** The credentials may have been revoked. */
  void recheck() {
    recheck.ifPresent(
        current ->
            loop.whenDone(current.get(), (known, failure) -> rechecked(current, known, failure)));
  }

  private void rechecked(Supplier<Future<Caller>> current, Caller known, Throwable failure) {
    if (!recheck.equals(Optional.of(current))) {
      return; // replaced by newer credentials meanwhile
    }
    if (failure == null) {
      become(known);
    } else if (failure instanceof Problem.Refused) {
      listener.credentialsEnded();
    } else {
      loop.after(RETRY_MS, this::recheck);
    }
  }

  /** The session has ended: nothing is checked any more. */
  void end() {
    recheck = Optional.empty();
  }

  /** Why the session must end now; empty if it may go on. */
  Optional<String> expired(long now) {
    if (!isKnown() && now - openedAt > LOGIN_MS) {
      return Optional.of("no credentials");
    }
    boolean hasEnded =
        caller instanceof Caller.User user
            && user.until().isPresent()
            && !loop.instant().isBefore(user.until().get());
    return hasEnded ? Optional.of("credentials ended") : Optional.empty();
  }
}
