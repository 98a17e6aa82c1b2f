package io.parley.api.auth;

import io.parley.api.problem.Problem;
import io.parley.identity.Account;
import io.parley.identity.ApiKey;
import io.parley.identity.Party;
import io.parley.identity.Role;
import io.parley.identity.Scope;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Who asks. */
public sealed interface Caller {

  static Caller nobody() {
    return new Nobody();
  }

  /**
   * Why this caller may not even ask for something open to {@code access}, and to keys that have
   * one of {@code scopes}; empty when they may.
   */
  Optional<Problem> stopped(Access access, Set<Scope> scopes);

  /** The same, with the scopes that go with {@code access}. */
  default Optional<Problem> stopped(Access access) {
    return stopped(access, access.scopes());
  }

  /** Someone without credentials. */
  record Nobody() implements Caller {
    @Override
    public Optional<Problem> stopped(Access access, Set<Scope> scopes) {
      return access == Access.ANYONE
          ? Optional.empty()
          : Optional.of(
              Problem.unauthorized("Sign in with a bearer token, or a username and password."));
    }
  }

  /**
   * A signed-in account.
   *
   * @param login the login its token belongs to; none with Basic credentials and for the sandbox's
   *     agent
   * @param until when its token ends; none with other credentials
   */
  record User(Account account, Optional<UUID> login, Optional<Instant> until) implements Caller {
    /** An account that is let in by something without a login. */
    public User(Account account) {
      this(account, Optional.empty(), Optional.empty());
    }

    @Override
    public Optional<Problem> stopped(Access access, Set<Scope> scopes) {
      Role needed =
          switch (access) {
            case ANYONE, USER -> Role.USER;
            case AGENT -> Role.AGENT;
            case ADMIN -> Role.ADMIN;
          };
      return account.role().includes(needed)
          ? Optional.empty()
          : Optional.of(
              Problem.forbidden("This operation requires the role " + needed.text() + "."));
    }
  }

  /** A program, by its key. */
  record Program(ApiKey key) implements Caller {
    @Override
    public Optional<Problem> stopped(Access access, Set<Scope> scopes) {
      if (access == Access.ANYONE || scopes.stream().anyMatch(key::holds)) {
        return Optional.empty();
      }
      String needed = scopes.stream().sorted().map(Scope::text).collect(Collectors.joining(" or "));
      return Optional.of(
          Problem.forbidden(
              scopes.isEmpty()
                  ? "API keys may not call this operation."
                  : "This operation requires an API key with the scope " + needed + "."));
    }
  }

  /** Somebody who signed what they sent to a webhook. */
  record Signatory() implements Caller {
    @Override
    public Optional<Problem> stopped(Access access, Set<Scope> scopes) {
      return switch (access) {
        case ANYONE, AGENT -> Optional.empty();
        case USER, ADMIN ->
            Optional.of(Problem.forbidden("Signed requests are accepted by webhooks only."));
      };
    }
  }

  /** Who this caller is in conversations, for operations that the contract opens to those. */
  default Party party() {
    return switch (this) {
      case User user -> user.account().party();
      case Program program -> program.key().party();
      case Nobody nobody -> throw new IllegalStateException("the contract lets nobody in here");
      case Signatory signatory -> throw new IllegalStateException("a signature is no party");
    };
  }

  /** The account behind this caller, for operations that the contract opens to users only. */
  default Account account() {
    return switch (this) {
      case User user -> user.account();
      case Program program -> throw new IllegalStateException("the contract lets no key in here");
      case Nobody nobody -> throw new IllegalStateException("the contract lets nobody in here");
      case Signatory signatory -> throw new IllegalStateException("a signature is no account");
    };
  }

  /** Whether this caller may be known no more when something of these changed. */
  default boolean dependsOn(Set<Long> accounts, Set<UUID> logins) {
    return switch (this) {
      case User user ->
          accounts.contains(user.account().id())
              || user.login().filter(logins::contains).isPresent();
      case Program program -> accounts.contains(program.key().party().id());
      case Nobody nobody -> false;
      case Signatory signatory -> false;
    };
  }

  /**
   * Whether this caller may say how transfers ended, anywhere, and so sees them: keys made for it,
   * and the sandbox's agent. An administrator does not: money is settled by whoever was made for
   * it.
   */
  default boolean settlesTransfers() {
    return switch (this) {
      case User user -> user.account().role() == Role.AGENT;
      case Program program -> program.key().holds(Scope.TRANSFERS);
      case Nobody nobody -> false;
      case Signatory signatory -> false;
    };
  }
}
