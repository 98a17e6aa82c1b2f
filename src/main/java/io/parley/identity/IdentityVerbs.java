package io.parley.identity;

import io.parley.bus.Endpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Requests about accounts, logins and signing keys. */
public final class IdentityVerbs {
  private IdentityVerbs() {}

  /**
   * Creates an account; without a username, one is derived from the email address.
   *
   * @param client who signs up; empty if nothing is to be counted, as for an administrator
   */
  public record CreateUser(
      String name,
      String email,
      String password,
      Optional<String> username,
      PartyKind kind,
      Optional<ClientAddress> client) {
    @Override
    public String toString() {
      return "CreateUser[hidden]";
    }
  }

  /** The result of creating an account. */
  public sealed interface Registration {}

  public record Registered(Account account) implements Registration {}

  /** Another account has the same {@code field}: {@code username} or {@code email}. */
  public record FieldTaken(String field) implements Registration {}

  /**
   * Nothing was done, or nothing is said about the password: too many were wrong, or too many
   * accounts were created from one address.
   */
  public record TooManyAttempts(Duration retryAfter)
      implements Registration, PasswordCheck, SignIn, UserUpdate {}

  /** The password is wrong, or there is no such account. */
  public record WrongPassword() implements PasswordCheck, SignIn, UserUpdate {}

  public static final Endpoint<CreateUser, Registration> CREATE_USER =
      new Endpoint<>("identity.create-user", CreateUser.class, Registration.class);

  /**
   * Lists all users except one by username; a search lists those last whose username does not begin
   * with the text, the oldest first.
   *
   * @param emails whether a search looks at email addresses, too
   * @param after the last one of the previous page
   */
  public record FindUsers(
      long except,
      Optional<String> search,
      boolean emails,
      Optional<PartyKind> kind,
      Optional<String> after,
      int limit) {
    /** What a request for the users behind {@code last} has as {@link #after}. */
    public String position(Account last) {
      String handle = last.party().handle();
      return search.isEmpty() || handle.startsWith(search.get().toLowerCase(Locale.ROOT))
          ? handle
          : Long.toString(last.id());
    }
  }

  public record Users(List<Account> accounts, boolean more) {}

  public static final Endpoint<FindUsers, Users> FIND_USERS =
      new Endpoint<>("identity.find-users", FindUsers.class, Users.class);

  /** Finds a user by id if {@code ref} consists of digits, otherwise by username. */
  public record FindUser(String ref) {}

  public record FoundUser(Optional<Account> account) {}

  public static final Endpoint<FindUser, FoundUser> FIND_USER =
      new Endpoint<>("identity.find-user", FindUser.class, FoundUser.class);

  /** Finds users by references like that of {@link FindUser}; unknown ones are left out. */
  public record FindNamedUsers(List<String> refs) {}

  /** Each account once, in the order in which it was named first. */
  public record NamedUsers(List<Account> accounts) {}

  public static final Endpoint<FindNamedUsers, NamedUsers> FIND_NAMED_USERS =
      new Endpoint<>("identity.find-named-users", FindNamedUsers.class, NamedUsers.class);

  /**
   * Changes a name or a password; a new password ends every login except {@code keep}.
   *
   * @param client who gives the current password
   */
  public record UpdateUser(
      long id,
      Optional<String> name,
      Optional<String> password,
      Optional<String> currentPassword,
      Optional<UUID> keep,
      ClientAddress client) {
    @Override
    public String toString() {
      return "UpdateUser[id=" + id + "]";
    }
  }

  /** The result of changing an account. */
  public sealed interface UserUpdate {}

  public record Updated(Account account) implements UserUpdate {}

  public static final Endpoint<UpdateUser, UserUpdate> UPDATE_USER =
      new Endpoint<>("identity.update-user", UpdateUser.class, UserUpdate.class);

  /**
   * Checks a password; {@code name} is a username or an email address.
   *
   * @param client who gives the password; empty if a wrong one is not to be counted
   */
  public record CheckPassword(String name, String password, Optional<ClientAddress> client) {
    @Override
    public String toString() {
      return "CheckPassword[hidden]";
    }
  }

  /** The result of checking a password. */
  public sealed interface PasswordCheck {}

  public record RightPassword(Account account) implements PasswordCheck {}

  public static final Endpoint<CheckPassword, PasswordCheck> CHECK_PASSWORD =
      new Endpoint<>("identity.check-password", CheckPassword.class, PasswordCheck.class);

  /** Finds those of some users who have the password that every sandbox has. */
  public record FindPublicPasswords(List<String> usernames) {}

  public record WithPublicPassword(List<String> usernames) {}

  public static final Endpoint<FindPublicPasswords, WithPublicPassword> FIND_PUBLIC_PASSWORDS =
      new Endpoint<>(
          "identity.find-public-passwords", FindPublicPasswords.class, WithPublicPassword.class);

  /**
   * Signs in: checks the password and creates a login of generation 1. {@code name} is a username
   * or an email address. One request does both, because a login must not survive a change of the
   * password between the two.
   */
  public record OpenLogin(String name, String password, Instant expires, ClientAddress client) {
    @Override
    public String toString() {
      return "OpenLogin[hidden]";
    }
  }

  public record Login(UUID id, int generation, Account account) {}

  public record FoundLogin(Optional<Login> login) {}

  /** The result of signing in. */
  public sealed interface SignIn {}

  public record SignedIn(Login login) implements SignIn {}

  public static final Endpoint<OpenLogin, SignIn> OPEN_LOGIN =
      new Endpoint<>("identity.open-login", OpenLogin.class, SignIn.class);

  /**
   * Moves a login to its next generation. Repeating that within 30 s, before the new generation is
   * used, gets the same generation again; any other use of an earlier one ends the login.
   */
  public record RotateLogin(UUID id, int generation, Instant expires) {}

  public static final Endpoint<RotateLogin, FoundLogin> ROTATE_LOGIN =
      new Endpoint<>("identity.rotate-login", RotateLogin.class, FoundLogin.class);

  /** Signs out. */
  public record EndLogin(UUID id) {}

  public record LoginEnded(boolean ended) {}

  public static final Endpoint<EndLogin, LoginEnded> END_LOGIN =
      new Endpoint<>("identity.end-login", EndLogin.class, LoginEnded.class);

  /** Finds the account of a login that is still valid. */
  public record CheckLogin(UUID id) {}

  public static final Endpoint<CheckLogin, FoundLogin> CHECK_LOGIN =
      new Endpoint<>("identity.check-login", CheckLogin.class, FoundLogin.class);

  /**
   * Finds the accounts and logins that changed since {@code cursor}, each once, so that caches of
   * verified credentials can drop them. New accounts are left out: they cannot be cached yet.
   * Without a cursor, the reply contains only the current one.
   */
  public record ChangesSince(Optional<String> cursor) {}

  public record Changes(List<Long> accounts, List<UUID> logins, String cursor) {}

  public static final Endpoint<ChangesSince, Changes> CHANGES_SINCE =
      new Endpoint<>("identity.changes-since", ChangesSince.class, Changes.class);

  /** Stores when each of these accounts was last online. */
  public record MarkLastSeen(Map<Long, Instant> seen) {}

  public record LastSeenMarked() {}

  public static final Endpoint<MarkLastSeen, LastSeenMarked> MARK_LAST_SEEN =
      new Endpoint<>("identity.mark-last-seen", MarkLastSeen.class, LastSeenMarked.class);

  public record FindLastSeen(List<Long> accounts) {}

  public record LastSeenTimes(Map<Long, Instant> seen) {}

  public static final Endpoint<FindLastSeen, LastSeenTimes> FIND_LAST_SEEN =
      new Endpoint<>("identity.find-last-seen", FindLastSeen.class, LastSeenTimes.class);

  /** Creates a required account unless it exists. */
  public record EnsureAccount(
      String name, String email, String username, Optional<String> password, Role role) {
    @Override
    public String toString() {
      return "EnsureAccount[" + username + "]";
    }
  }

  public static final Endpoint<EnsureAccount, FoundUser> ENSURE_ACCOUNT =
      new Endpoint<>("identity.ensure-account", EnsureAccount.class, FoundUser.class);

  /**
   * Finds the encrypted keys that sign tokens, newest first; stores the fresh key if there is none.
   */
  public record SigningKeys(String freshId, byte[] freshSealed) {}

  public record SealedKey(String id, byte[] sealed) {}

  public record SealedKeys(List<SealedKey> keys) {}

  public static final Endpoint<SigningKeys, SealedKeys> SIGNING_KEYS =
      new Endpoint<>("identity.signing-keys", SigningKeys.class, SealedKeys.class);
}
