package io.parley.live.session;

import io.parley.api.auth.Caller;
import io.parley.live.loop.Loop;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.UUID;

/**
 * The revocations of the last moments. While credentials are being checked and a handshake is under
 * way there is no session yet that could be told, so a new session looks here for what it missed.
 * Confined to one event loop.
 */
public final class Revocations {
  /** Longer than a check may take: a request over the bus is given up after ten seconds. */
  public static final long MAX_CHECK_MS = 15_000;

  // a client may take its time to complete a handshake
  private static final long KEPT_MS = 120_000;

  private record Revocation(long at, Set<Long> accounts, Set<UUID> logins) {}

  private final Loop loop;
  private final ArrayDeque<Revocation> recent = new ArrayDeque<>();

  Revocations(Loop loop) {
    this.loop = loop;
  }

  /** Credentials of these accounts or logins may have been revoked. */
  public void add(Set<Long> accounts, Set<UUID> logins) {
    while (!recent.isEmpty() && loop.now() - recent.element().at() > KEPT_MS) {
      recent.remove();
    }
    recent.add(new Revocation(loop.now(), accounts, logins));
  }

  /** Whether one of them since {@code time} concerns the credentials of {@code caller}. */
  boolean concern(Caller caller, long time) {
    return recent.stream()
        .anyMatch(each -> each.at() >= time && caller.dependsOn(each.accounts(), each.logins()));
  }
}
