package io.parley.api.auth;

import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.Changes;
import io.parley.identity.IdentityVerbs.ChangesSince;
import io.parley.identity.IdentityVerbs.CheckLogin;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.KeyVerbs;
import io.parley.identity.KeyVerbs.CheckKey;
import io.parley.identity.TicketVerbs;
import io.parley.identity.TicketVerbs.Holder;
import io.parley.identity.TicketVerbs.RedeemTicket;
import io.parley.json.MalformedText;
import io.parley.json.Utf8;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns credentials into callers, and remembers for a while whom it has verified, so that a busy
 * caller costs one look-up. Safe from any thread.
 *
 * <p>What is remembered is dropped as soon as {@link #refresh} hears of a change (every half
 * second, from the database, whichever node made it), at once when this node made it ({@link
 * #forget}), and is not trusted at all when nothing could be heard for five seconds.
 */
public final class Authenticator {
  private static final long TRUST_NANOS = Duration.ofMinutes(5).toNanos();
  private static final long STALE_NANOS = Duration.ofSeconds(5).toNanos();
  private static final int BOUND = 100_000;

  private record Verified(Caller caller, long until) {}

  private final Bus bus;
  private final Tokens tokens;
  private final Seal cacheKeys;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final int bound;
  private final Map<String, Verified> verified = new ConcurrentHashMap<>();
  private final Map<String, Future<Caller>> underWay = new ConcurrentHashMap<>();
  private final AtomicLong changes = new AtomicLong();
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile long freshAt;
  private volatile @Nullable String cursor;
  private volatile BiConsumer<Set<Long>, Set<UUID>> listener = (accounts, logins) -> {};

  public Authenticator(
      Bus bus, Tokens tokens, Seal cacheKeys, InstantSource clock, LongSupplier nanoTime) {
    this(bus, tokens, cacheKeys, clock, nanoTime, BOUND);
  }

  Authenticator(
      Bus bus,
      Tokens tokens,
      Seal cacheKeys,
      InstantSource clock,
      LongSupplier nanoTime,
      int bound) {
    this.bus = bus;
    this.tokens = tokens;
    this.cacheKeys = cacheKeys;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.bound = bound;
    // nothing is remembered before the first refresh: who would tell us that it changed?
    this.freshAt = nanoTime.getAsLong() - STALE_NANOS;
  }

  /** The caller behind an {@code Authorization} header; fails with the problem to tell. */
  public Future<Caller> authenticate(String authorization) {
    if (startsWith(authorization, "Bearer ")) {
      return bearer(authorization.substring(7).strip());
    }
    if (startsWith(authorization, "Basic ")) {
      return basic(authorization.substring(6).strip());
    }
    return refused("Supported authentication schemes: Bearer, Basic.");
  }

  /** The caller behind an access token, or a key. */
  public Future<Caller> bearer(String token) {
    return token.startsWith(RandomSecret.KEY) ? key(RandomSecret.hash(token)) : token(token);
  }

  private Future<Caller> key(byte[] hash) {
    String name = HexFormat.of().formatHex(hash);
    Caller known = remembered(name);
    return known != null ? Future.succeededFuture(known) : once(name, () -> key(name, hash));
  }

  private Future<Caller> key(String name, byte[] hash) {
    long before = changes.get();
    return bus.request(KeyVerbs.CHECK_KEY, new CheckKey(hash))
        .compose(
            found -> {
              if (found.key().isEmpty()) {
                return refused("The API key is unknown or has been deleted.");
              }
              Caller caller = new Caller.Program(found.key().get());
              remember(name, caller, TRUST_NANOS, before);
              return Future.succeededFuture(caller);
            });
  }

  private Future<Caller> token(String token) {
    Caller known = remembered(token);
    return known != null
        ? Future.succeededFuture(known)
        : once(
            token,
            () ->
                tokens
                    .verified(token)
                    .transform(
                        (access, bad) ->
                            bad == null
                                ? checked(token, access)
                                : refused("The token is invalid or has expired.")));
  }

  private Future<Caller> checked(String token, Tokens.Access access) {
    long before = changes.get();
    return bus.request(IdentityVerbs.CHECK_LOGIN, new CheckLogin(access.login()))
        .compose(
            found -> {
              Optional<Login> login =
                  found.login().filter(l -> l.account().id() == access.account());
              if (login.isEmpty()) {
                return refused("The login of this token has ended.");
              }
              Caller caller =
                  new Caller.User(
                      login.get().account(),
                      Optional.of(access.login()),
                      Optional.of(access.expires()));
              long left =
                  Math.max(0, Duration.between(clock.instant(), access.expires()).toNanos());
              remember(token, caller, Math.min(left, TRUST_NANOS), before);
              return Future.succeededFuture(caller);
            });
  }

  private Future<Caller> basic(String encoded) {
    String key =
        Base64.getEncoder()
            .encodeToString(cacheKeys.sign(encoded.getBytes(StandardCharsets.UTF_8)));
    Caller known = remembered(key);
    return known != null ? Future.succeededFuture(known) : once(key, () -> password(key, encoded));
  }

  private Future<Caller> password(String key, String encoded) {
    String plain;
    try {
      plain = Utf8.decode(Base64.getDecoder().decode(encoded));
    } catch (IllegalArgumentException | MalformedText e) {
      return refused("The Basic credentials are malformed.");
    }
    int colon = plain.indexOf(':');
    if (colon <= 0 || plain.length() > 1_024 || plain.indexOf('\0') >= 0) {
      return refused("The Basic credentials are malformed.");
    }
    long before = changes.get();
    CheckPassword question =
        new CheckPassword(plain.substring(0, colon), plain.substring(colon + 1));
    return bus.request(IdentityVerbs.CHECK_PASSWORD, question)
        .compose(
            found -> {
              if (found.account().isEmpty()) {
                return refused("The username or password is wrong.");
              }
              Caller caller = new Caller.User(found.account().get());
              remember(key, caller, TRUST_NANOS, before);
              return Future.succeededFuture(caller);
            });
  }

  /** The caller that a ticket was made for; it is good once. */
  public Future<Caller> redeem(String ticket) {
    return bus.request(TicketVerbs.REDEEM_TICKET, new RedeemTicket(RandomSecret.hash(ticket)))
        .compose(
            redeemed ->
                redeemed.holder().isPresent()
                    ? Future.succeededFuture(caller(redeemed.holder().get()))
                    : refused("The ticket is invalid, used or expired."));
  }

  private static Caller caller(Holder holder) {
    return holder.key().isPresent()
        ? new Caller.Program(holder.key().get())
        : new Caller.User(holder.account().orElseThrow(), holder.login(), holder.until());
  }

  /**
   * Whoever redeemed a ticket, now that something of theirs has changed: only of a login can be
   * said that it is still good.
   */
  public Future<Caller> again(Caller caller) {
    return caller instanceof Caller.User user && user.login().isPresent()
        ? bus.request(IdentityVerbs.CHECK_LOGIN, new CheckLogin(user.login().get()))
            .compose(
                found ->
                    found.login().isPresent()
                        ? Future.succeededFuture(
                            new Caller.User(
                                found.login().get().account(), user.login(), user.until()))
                        : refused("The login has ended."))
        : refused("The credentials of this socket may have changed.");
  }

  /** Hears what changed since it last asked; call it twice a second. Asks one at a time. */
  public Future<Void> refresh() {
    if (!asking.compareAndSet(false, true)) {
      return Future.succeededFuture();
    }
    long asked = nanoTime.getAsLong();
    return bus.request(IdentityVerbs.CHANGES_SINCE, new ChangesSince(Optional.ofNullable(cursor)))
        .<Void>map(heard -> heard(heard, asked))
        .onComplete(done -> asking.set(false));
  }

  private @Nullable Void heard(Changes heard, long asked) {
    boolean first = cursor == null;
    if (first || !heard.accounts().isEmpty() || !heard.logins().isEmpty()) {
      drop(Set.copyOf(heard.accounts()), Set.copyOf(heard.logins()));
    }
    cursor = heard.cursor();
    freshAt = asked;
    return null;
  }

  /** Drops what is remembered of an account, or a key, that this node just changed. */
  public void forget(long account) {
    drop(Set.of(account), Set.of());
  }

  /** Drops what is remembered of a login that this node just ended. */
  public void forget(UUID login) {
    drop(Set.of(), Set.of(login));
  }

  // in this order: checks under way will not be remembered, none that began before the change is
  // joined after it, and what was remembered goes
  private void drop(Set<Long> accounts, Set<UUID> logins) {
    changes.incrementAndGet();
    underWay.clear();
    verified.values().removeIf(each -> each.caller().dependsOn(accounts, logins));
    listener.accept(accounts, logins);
  }

  /**
   * Tells {@code listener} of accounts that changed and logins that ended, from any thread, after
   * what was remembered of them is gone.
   */
  public void onChange(BiConsumer<Set<Long>, Set<UUID>> listener) {
    this.listener = listener;
  }

  private @Nullable Caller remembered(String key) {
    Verified found = verified.get(key);
    if (found == null) {
      return null;
    }
    long now = nanoTime.getAsLong();
    if (now - found.until() >= 0) {
      verified.remove(key, found);
      return null;
    }
    // what is stale stays: once the database is heard again, it says what is still good
    return isFresh(now) ? found.caller() : null;
  }

  private boolean isFresh(long now) {
    return now - freshAt < STALE_NANOS;
  }

  // whoever changed in the meantime was read before the change and must be read again
  private void remember(String key, Caller caller, long nanos, long before) {
    long now = nanoTime.getAsLong();
    if (changes.get() != before || !isFresh(now)) {
      return;
    }
    if (verified.size() >= bound) {
      makeRoom(now);
    }
    Verified fresh = new Verified(caller, now + nanos);
    verified.put(key, fresh);
    // a change that came in between may have looked before this was there
    if (changes.get() != before) {
      verified.remove(key, fresh);
    }
  }

  /**
   * The expired go, and a few others if that is not enough: all at once would have to hash again.
   */
  private void makeRoom(long now) {
    verified.values().removeIf(each -> now - each.until() >= 0);
    Iterator<String> keys = verified.keySet().iterator();
    for (int over = verified.size() - (bound - bound / 10); over > 0 && keys.hasNext(); over--) {
      keys.next();
      keys.remove();
    }
  }

  /** Many first requests with the same credentials are checked once. */
  private Future<Caller> once(String key, Supplier<Future<Caller>> check) {
    Promise<Caller> promise = Promise.promise();
    Future<Caller> mine = promise.future();
    Future<Caller> already = underWay.putIfAbsent(key, mine);
    if (already != null) {
      return already;
    }
    // whoever came before may have finished between our look and our turn
    Caller known = remembered(key);
    (known != null ? Future.succeededFuture(known) : begun(check))
        .onComplete(done -> underWay.remove(key, mine))
        .onComplete(promise);
    return mine;
  }

  // whatever is thrown fails this check, and does not leave it under way for ever
  private static Future<Caller> begun(Supplier<Future<Caller>> check) {
    try {
      return check.get();
    } catch (RuntimeException bug) {
      return Future.failedFuture(bug);
    }
  }

  private static boolean startsWith(String header, String scheme) {
    return header.regionMatches(true, 0, scheme, 0, scheme.length());
  }

  private static Future<Caller> refused(String detail) {
    return Future.failedFuture(new Problem.Refused(Problem.unauthorized(detail)));
  }
}
