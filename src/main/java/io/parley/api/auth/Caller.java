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

/** The authenticated sender of a request, or nobody. */
public sealed interface Caller {

  static Caller nobody() {
    return new Nobody();
  }

  /**
   * Why this caller may not call an operation that is open to {@code access}, and to API keys with
   * one of {@code scopes}; empty if they may.
   */
  Optional<Problem> stopped(Access access, Set<Scope> scopes);

  /** The same, with the default scopes of {@code access}. */
  default Optional<Problem> stopped(Access access) {
    return stopped(access, access.scopes());
  }

  /** A caller without credentials. */
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
   * @param login the login its token belongs to; empty with Basic credentials and for the agent of
   *     the sandbox
   * @param until when its token expires; empty with other credentials
   */
  record User(Account account, Optional<UUID> login, Optional<Instant> until) implements Caller {
    /** An account authenticated without a login. */
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

  /** A program, authenticated by its API key. */
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

  /** A provider that signed its request to a webhook. */
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

  /** The party of this caller in conversations; only users and API keys have one. */
  default Party party() {
    return switch (this) {
      case User user -> user.account().party();
      case Program program -> program.key().party();
      case Nobody nobody ->
          throw new IllegalStateException("the contract does not admit anonymous callers");
      case Signatory signatory -> throw new IllegalStateException("a signed request has no party");
    };
  }

  /** The account of this caller; only users have one. */
  default Account account() {
    return switch (this) {
      case User user -> user.account();
      case Program program ->
          throw new IllegalStateException("the contract does not admit API keys");
      case Nobody nobody ->
          throw new IllegalStateException("the contract does not admit anonymous callers");
      case Signatory signatory ->
          throw new IllegalStateException("a signed request has no account");
    };
  }

  /** Whether a change of these accounts or logins may invalidate this caller. */
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
   * Whether this caller may settle transfers in any conversation, and therefore sees them all: API
   * keys with the scope for it, and the agent of the sandbox. Administrators may not: settling
   * money takes a credential made for that purpose.
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
