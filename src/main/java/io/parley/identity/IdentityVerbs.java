package io.parley.identity;

import io.parley.bus.Endpoint;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What can be asked about people and their credentials. */
public final class IdentityVerbs {
  private IdentityVerbs() {}

  /** Makes an account; without a username one is derived from the email. */
  public record CreateUser(
      String name, String email, String password, Optional<String> username, PartyKind kind) {
    @Override
    public String toString() {
      return "CreateUser[hidden]";
    }
  }

  /** How that went. */
  public sealed interface Created {}

  public record Welcome(Account account) implements Created {}

  /** Somebody has that already: {@code username} or {@code email}. */
  public record Taken(String field) implements Created {}

  public static final Endpoint<CreateUser, Created> CREATE_USER =
      new Endpoint<>("identity.create-user", CreateUser.class, Created.class);

  /** A page of the other users in order of username, after {@code after}. */
  public record FindUsers(
      long except,
      Optional<String> search,
      Optional<PartyKind> kind,
      Optional<String> after,
      int limit) {}

  public record Users(List<Account> accounts, boolean more) {}

  public static final Endpoint<FindUsers, Users> FIND_USERS =
      new Endpoint<>("identity.find-users", FindUsers.class, Users.class);

  /** One user, by id if {@code ref} is digits, else by username. */
  public record FindUser(String ref) {}

  public record MaybeUser(Optional<Account> account) {}

  public static final Endpoint<FindUser, MaybeUser> FIND_USER =
      new Endpoint<>("identity.find-user", FindUser.class, MaybeUser.class);

  /** Changes a name or a password; every login but {@code keep} ends with the old password. */
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

  /** Empty when the current password was wrong. */
  public static final Endpoint<UpdateUser, MaybeUser> UPDATE_USER =
      new Endpoint<>("identity.update-user", UpdateUser.class, MaybeUser.class);

  /** Is this their password? {@code name} is a username or an email. */
  public record CheckPassword(String name, String password) {
    @Override
    public String toString() {
      return "CheckPassword[hidden]";
    }
  }

  public static final Endpoint<CheckPassword, MaybeUser> CHECK_PASSWORD =
      new Endpoint<>("identity.check-password", CheckPassword.class, MaybeUser.class);

  /**
   * Signs in: a new login of its first generation, if this is their password; {@code name} is a
   * username or an email. One verb with the check, so that a login cannot outlive a password that
   * changes between the two.
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

  /** Moves a login to its next generation; one that was used before ends it. */
  public record RotateLogin(UUID id, int generation, Instant expires) {}

  public static final Endpoint<RotateLogin, MaybeLogin> ROTATE_LOGIN =
      new Endpoint<>("identity.rotate-login", RotateLogin.class, MaybeLogin.class);

  /** Signs out. */
  public record EndLogin(UUID id) {}

  public record Ended(boolean ended) {}

  public static final Endpoint<EndLogin, Ended> END_LOGIN =
      new Endpoint<>("identity.end-login", EndLogin.class, Ended.class);

  /** The account of a login that is still good. */
  public record CheckLogin(UUID id) {}

  public static final Endpoint<CheckLogin, MaybeLogin> CHECK_LOGIN =
      new Endpoint<>("identity.check-login", CheckLogin.class, MaybeLogin.class);

  /**
   * What changed since {@code cursor}, each change once: credentials verified before may be good no
   * more. New accounts are no change, nobody can have verified them. Empty asks for a cursor only.
   */
  public record ChangesSince(Optional<String> cursor) {}

  public record Changes(List<Long> accounts, List<UUID> logins, String cursor) {}

  public static final Endpoint<ChangesSince, Changes> CHANGES_SINCE =
      new Endpoint<>("identity.changes-since", ChangesSince.class, Changes.class);

  /** When each of these was last online. */
  public record MarkSeen(Map<Long, Instant> seen) {}

  public record Marked() {}

  public static final Endpoint<MarkSeen, Marked> MARK_SEEN =
      new Endpoint<>("identity.mark-seen", MarkSeen.class, Marked.class);

  public record FindSeen(List<Long> accounts) {}

  public record Seen(Map<Long, Instant> seen) {}

  public static final Endpoint<FindSeen, Seen> FIND_SEEN =
      new Endpoint<>("identity.find-seen", FindSeen.class, Seen.class);

  /** Makes an account that has to be there, unless it is. */
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
   * The keys that sign tokens, sealed, newest first; {@code fresh} is kept if there is none yet.
   */
  public record SigningKeys(String freshId, byte[] freshSealed) {}

  public record SealedKey(String id, byte[] sealed) {}

  public record SealedKeys(List<SealedKey> keys) {}

  public static final Endpoint<SigningKeys, SealedKeys> SIGNING_KEYS =
      new Endpoint<>("identity.signing-keys", SigningKeys.class, SealedKeys.class);
}
