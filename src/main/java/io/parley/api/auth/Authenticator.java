package io.parley.api.auth;

import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.identity.ClientAddress;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.Changes;
import io.parley.identity.IdentityVerbs.ChangesSince;
import io.parley.identity.IdentityVerbs.CheckLogin;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.RightPassword;
import io.parley.identity.IdentityVerbs.TooManyAttempts;
import io.parley.identity.IdentityVerbs.WrongPassword;
import io.parley.identity.KeyVerbs;
import io.parley.identity.KeyVerbs.CheckKey;
import io.parley.identity.TicketVerbs;
import io.parley.identity.TicketVerbs.RedeemTicket;
import io.parley.identity.TicketVerbs.TicketHolder;
import io.parley.json.MalformedText;
import io.parley.json.Utf8;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The check of credentials: turns tokens, keys, passwords and tickets into callers, and caches the
 * verified ones, so that a busy caller costs one look-up. Safe from any thread.
 *
 * <p>The cache drops an entry when {@link #refresh} reads a change from the database (every half
 * second, whichever node made it), and at once when this node made it ({@link #forget}). It is not
 * used at all when no refresh has succeeded for five seconds.
 */
public final class Authenticator {
  private static final int MAX_CACHED = 100_000;
  private static final int MAX_BASIC_CREDENTIALS = 1_024;

  private final Bus bus;
  private final Tokens tokens;
  private final Seal cacheKeys;
  private final LongSupplier nanoTime;
  private final CallerCache cache;
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private volatile @Nullable String cursor;
  private volatile BiConsumer<Set<Long>, Set<UUID>> listener = (accounts, logins) -> {};

  public Authenticator(
      Bus bus, Tokens tokens, Seal cacheKeys, InstantSource clock, LongSupplier nanoTime) {
    this(bus, tokens, cacheKeys, clock, nanoTime, MAX_CACHED);
  }

  Authenticator(
      Bus bus,
      Tokens tokens,
      Seal cacheKeys,
      InstantSource clock,
      LongSupplier nanoTime,
      int maxCached) {
    this.bus = bus;
    this.tokens = tokens;
    this.cacheKeys = cacheKeys;
    this.nanoTime = nanoTime;
    this.cache = new CallerCache(clock, nanoTime, maxCached);
  }

  /**
   * The caller behind an {@code Authorization} header; fails with the problem for the client, whose
   * wrong passwords are counted.
   */
  public Future<Caller> authenticate(String authorization, ClientAddress client) {
    if (startsWith(authorization, "Bearer ")) {
      return bearer(authorization.substring(7).strip());
    }
    if (startsWith(authorization, "Basic ")) {
      return basic(authorization.substring(6).strip(), client);
    }
    return refused("Supported authentication schemes: Bearer, Basic.");
  }

  /** The caller behind an access token or an API key. */
  public Future<Caller> bearer(String token) {
    return token.startsWith(RandomSecret.KEY)
        ? key(RandomSecret.hash(token))
        : cache.get(token, () -> checkToken(token));
  }

  private Future<Caller> key(byte[] hash) {
    return cache.get(HexFormat.of().formatHex(hash), () -> checkKey(hash));
  }

  private Future<Caller> checkKey(byte[] hash) {
    return bus.request(KeyVerbs.CHECK_KEY, new CheckKey(hash))
        .compose(
            found ->
                found.key().isPresent()
                    ? Future.succeededFuture(new Caller.Program(found.key().get()))
                    : refused("The API key is unknown or has been deleted."));
  }

  private Future<Caller> checkToken(String token) {
    return tokens
        .verified(token)
        .transform(
            (access, invalid) ->
                invalid == null
                    ? checkLogin(access)
                    : refused("The token is invalid or has expired."));
  }

  private Future<Caller> checkLogin(Tokens.Access access) {
    return bus.request(IdentityVerbs.CHECK_LOGIN, new CheckLogin(access.login()))
        .compose(
            found -> {
              Optional<Login> login =
                  found.login().filter(l -> l.account().id() == access.account());
              return login.isPresent()
                  ? Future.succeededFuture(
                      new Caller.User(
                          login.get().account(),
                          Optional.of(access.login()),
                          Optional.of(access.expires())))
                  : refused("The login of this token has ended.");
            });
  }

  // the cache must not hold passwords: its key is a keyed hash of the credentials. The address is
  // part of it: were the right password answered from the cache while wrong ones are delayed,
  // somebody who guesses would see the difference
  private Future<Caller> basic(String encoded, ClientAddress client) {
    String credentials = client.countedAs() + " " + encoded;
    byte[] keyedHash = cacheKeys.sign(credentials.getBytes(StandardCharsets.UTF_8));
    return cache.get(
        Base64.getEncoder().encodeToString(keyedHash), () -> checkCredentials(encoded, client));
  }

  private Future<Caller> checkCredentials(String encoded, ClientAddress client) {
    String plain;
    try {
      plain = Utf8.decode(Base64.getDecoder().decode(encoded));
    } catch (IllegalArgumentException | MalformedText e) {
      return refused("The Basic credentials are malformed.");
    }
    int colon = plain.indexOf(':');
    if (colon <= 0 || plain.length() > MAX_BASIC_CREDENTIALS || plain.indexOf('\0') >= 0) {
      return refused("The Basic credentials are malformed.");
    }
    return checkPassword(plain.substring(0, colon), plain.substring(colon + 1), client);
  }

  private Future<Caller> checkPassword(String username, String password, ClientAddress client) {
    CheckPassword question = new CheckPassword(username, password, Optional.of(client));
    return bus.request(IdentityVerbs.CHECK_PASSWORD, question)
        .compose(
            checked ->
                switch (checked) {
                  case RightPassword right ->
                      Future.succeededFuture(new Caller.User(right.account()));
                  case WrongPassword wrong -> refused("The username or password is wrong.");
                  case TooManyAttempts delayed ->
                      Future.failedFuture(
                          new Problem.Refused(Problem.tooManyPasswords(delayed.retryAfter())));
                });
  }

  /** The caller that a ticket was issued for; each ticket is valid once. */
  public Future<Caller> redeem(String ticket) {
    return bus.request(TicketVerbs.REDEEM_TICKET, new RedeemTicket(RandomSecret.hash(ticket)))
        .compose(
            redeemed ->
                redeemed.holder().isPresent()
                    ? Future.succeededFuture(caller(redeemed.holder().get()))
                    : refused("The ticket is invalid, used or expired."));
  }

  private static Caller caller(TicketHolder holder) {
    return holder.key().isPresent()
        ? new Caller.Program(holder.key().get())
        : new Caller.User(holder.account().orElseThrow(), holder.login(), holder.until());
  }

  /**
   * Checks the caller of a redeemed ticket again after a change. Only a login can be looked up
   * without its credentials; every other caller is refused.
   */
  public Future<Caller> recheck(Caller caller) {
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

  /** Reads the changes since the last call, one request at a time; call it twice a second. */
  public Future<Void> refresh() {
    if (!refreshing.compareAndSet(false, true)) {
      return Future.succeededFuture();
    }
    long requestedAt = nanoTime.getAsLong();
    return bus.request(IdentityVerbs.CHANGES_SINCE, new ChangesSince(Optional.ofNullable(cursor)))
        .<Void>map(changes -> apply(changes, requestedAt))
        .onComplete(done -> refreshing.set(false));
  }

  private @Nullable Void apply(Changes changes, long requestedAt) {
    boolean first = cursor == null;
    if (first || !changes.accounts().isEmpty() || !changes.logins().isEmpty()) {
      drop(Set.copyOf(changes.accounts()), Set.copyOf(changes.logins()));
    }
    cursor = changes.cursor();
    cache.confirm(requestedAt);
    return null;
  }

  /** Drops the cached callers of an account or a key that this node has just changed. */
  public void forget(long account) {
    drop(Set.of(account), Set.of());
  }

  /** Drops the cached callers of a login that this node has just ended. */
  public void forget(UUID login) {
    drop(Set.of(), Set.of(login));
  }

  private void drop(Set<Long> accounts, Set<UUID> logins) {
    cache.remove(accounts, logins);
    listener.accept(accounts, logins);
  }

  /**
   * Sets the listener to changed accounts and ended logins. It is called from any thread, after
   * their cached callers are gone.
   */
  public void onChange(BiConsumer<Set<Long>, Set<UUID>> listener) {
    this.listener = listener;
  }

  private static boolean startsWith(String header, String scheme) {
    return header.regionMatches(true, 0, scheme, 0, scheme.length());
  }

  private static Future<Caller> refused(String detail) {
    return Future.failedFuture(new Problem.Refused(Problem.unauthorized(detail)));
  }
}
