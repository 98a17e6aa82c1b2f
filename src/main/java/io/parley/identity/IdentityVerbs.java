package io.parley.identity;

import io.parley.bus.Endpoint;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Requests about accounts, logins and signing keys. */
public final class IdentityVerbs {
  private IdentityVerbs() {}

  /** Creates an account; without a username, one is derived from the email address. */
  public record CreateUser(
      String name, String email, String password, Optional<String> username, PartyKind kind) {
    @Override
    public String toString() {
      return "CreateUser[hidden]";
    }
  }

  /** The result of creating an account. */
  public sealed interface Created {}

  public record Welcome(Account account) implements Created {}

  /** Another account has the same {@code field}: {@code username} or {@code email}. */
  public record Taken(String field) implements Created {}

  public static final Endpoint<CreateUser, Created> CREATE_USER =
      new Endpoint<>("identity.create-user", CreateUser.class, Created.class);

  /** Lists all users except one by username; {@code after} is the last one of the previous page. */
  public record FindUsers(
      long except,
      Optional<String> search,
      Optional<PartyKind> kind,
      Optional<String> after,
      int limit) {}

  public record Users(List<Account> accounts, boolean more) {}

  public static final Endpoint<FindUsers, Users> FIND_USERS =
      new Endpoint<>("identity.find-users", FindUsers.class, Users.class);

  /** Finds a user by id if {@code ref} consists of digits, otherwise by username. */
  public record FindUser(String ref) {}

  public record MaybeUser(Optional<Account> account) {}

  public static final Endpoint<FindUser, MaybeUser> FIND_USER =
      new Endpoint<>("identity.find-user", FindUser.class, MaybeUser.class);

  /** Changes a name or a password; a new password ends every login except {@code keep}. */
  public record UpdateUser(
      long id,
      Optional<String> name,
      Optional<String> password,
      Optional<String> currentPassword,
      Optional<UUID> keep) {
    @Override
    public String toString() {
      return "UpdateUser[id=" + id + "]";
    }
  }

  /** The reply is empty if the current password was wrong. */
  public static final Endpoint<UpdateUser, MaybeUser> UPDATE_USER =
      new Endpoint<>("identity.update-user", UpdateUser.class, MaybeUser.class);

  /** Checks a password; {@code name} is a username or an email address. */
  public record CheckPassword(String name, String password) {
    @Override
    public String toString() {
      return "CheckPassword[hidden]";
    }
  }

  public static final Endpoint<CheckPassword, MaybeUser> CHECK_PASSWORD =
      new Endpoint<>("identity.check-password", CheckPassword.class, MaybeUser.class);

  /**
   * Signs in: checks the password and creates a login of generation 1. {@code name} is a username
   * or an email address. One request does both, because a login must not survive a change of the
   * password between the two.
   */
  public record OpenLogin(String name, String password, Instant expires) {
    @Override
    public String toString() {
      return "OpenLogin[hidden]";
    }
  }

  public record Login(UUID id, int generation, Account account) {}

  public record MaybeLogin(Optional<Login> login) {}

  public static final Endpoint<OpenLogin, MaybeLogin> OPEN_LOGIN =
      new Endpoint<>("identity.open-login", OpenLogin.class, MaybeLogin.class);

  /** Moves a login to its next generation; reusing an earlier generation ends the login. */
  public record RotateLogin(UUID id, int generation, Instant expires) {}

  public static final Endpoint<RotateLogin, MaybeLogin> ROTATE_LOGIN =
      new Endpoint<>("identity.rotate-login", RotateLogin.class, MaybeLogin.class);

  /** Signs out. */
  public record EndLogin(UUID id) {}

  public record Ended(boolean ended) {}

  public static final Endpoint<EndLogin, Ended> END_LOGIN =
      new Endpoint<>("identity.end-login", EndLogin.class, Ended.class);

  /** Finds the account of a login that is still valid. */
  public record CheckLogin(UUID id) {}

  public static final Endpoint<CheckLogin, MaybeLogin> CHECK_LOGIN =
      new Endpoint<>("identity.check-login", CheckLogin.class, MaybeLogin.class);

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
  public record MarkSeen(Map<Long, Instant> seen) {}

  public record Marked() {}

  public static final Endpoint<MarkSeen, Marked> MARK_SEEN =
      new Endpoint<>("identity.mark-seen", MarkSeen.class, Marked.class);

  public record FindSeen(List<Long> accounts) {}

  public record Seen(Map<Long, Instant> seen) {}

  public static final Endpoint<FindSeen, Seen> FIND_SEEN =
      new Endpoint<>("identity.find-seen", FindSeen.class, Seen.class);

  /** Creates a required account unless it exists. */
  public record EnsureAccount(
      String name, String email, String username, Optional<String> password, Role role) {
    @Override
    public String toString() {
      return "EnsureAccount[" + username + "]";
    }
  }

  public static final Endpoint<EnsureAccount, MaybeUser> ENSURE_ACCOUNT =
      new Endpoint<>("identity.ensure-account", EnsureAccount.class, MaybeUser.class);

  /**
   * Finds the encrypted keys that sign tokens, newest first; stores the fresh key if there is none.
   */
  public record SigningKeys(String freshId, byte[] freshSealed) {}

  public record SealedKey(String id, byte[] sealed) {}

  public record SealedKeys(List<SealedKey> keys) {}

  public static final Endpoint<SigningKeys, SealedKeys> SIGNING_KEYS =
      new Endpoint<>("identity.signing-keys", SigningKeys.class, SealedKeys.class);
}
