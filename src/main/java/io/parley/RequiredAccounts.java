package io.parley;

import io.parley.api.auth.Caller;
import io.parley.bus.Bus;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.FindPublicPasswords;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.identity.IdentityVerbs.WrongPassword;
import io.parley.identity.Role;
import io.parley.settings.AdminSettings;
import io.parley.settings.InvalidSettings;
import io.parley.settings.Mode;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The accounts that exist from the first start on. */
final class RequiredAccounts {
  private static final Logger LOG = LoggerFactory.getLogger(RequiredAccounts.class);
  private static final String ADMIN = "admin";

  /** The users that a sandbox and its demo create, with a password that everybody knows. */
  private static final List<String> SANDBOX_USERS =
      List.of(ADMIN, "ann", "bob", "cleo", "acme", "ivy");

  private RequiredAccounts() {}

  /** Creates those that are missing; in the sandbox, the agent for calls without credentials. */
  static Future<Optional<Caller>> ensure(Bus bus, Mode mode, AdminSettings admin) {
    EnsureAccount administrator =
        new EnsureAccount("Admin", admin.email(), ADMIN, Optional.of(admin.password()), Role.ADMIN);
    EnsureAccount agent =
        new EnsureAccount("Agent", "agent@parley.local", "agent", Optional.empty(), Role.AGENT);
    Future<FoundUser> ensured =
        bus.request(IdentityVerbs.ENSURE_ACCOUNT, administrator)
            .onSuccess(RequiredAccounts::reportUnlessAdministrator)
            .onSuccess(exists -> warnUnlessPasswordOf(bus, admin));
    return mode == Mode.PRODUCTION
        ? ensured.compose(done -> refusePublicPasswords(bus)).map(Optional.empty())
        : ensured
            .compose(done -> bus.request(IdentityVerbs.ENSURE_ACCOUNT, agent))
            .map(user -> user.account().map(Caller.User::new));
  }

  private static void reportUnlessAdministrator(FoundUser found) {
    if (found.account().filter(each -> each.role() == Role.ADMIN).isEmpty()) {
      LOG.atError()
          .log(
              "The user \"admin\" does not have the role admin, so PARLEY_ADMIN_PASSWORD administers"
                  + " nothing; only another administrator can give the role back");
    }
  }

  /** A database that a sandbox has used is not served as long as strangers could sign in to it. */
  private static Future<Void> refusePublicPasswords(Bus bus) {
    return bus.request(IdentityVerbs.FIND_PUBLIC_PASSWORDS, new FindPublicPasswords(SANDBOX_USERS))
        .map(
            found -> {
              if (!found.usernames().isEmpty()) {
                throw InvalidSettings.of(
                    "database.url",
                    "a sandbox has used this database, and everybody knows the password of the"
                        + " users "
                        + String.join(", ", found.usernames())
                        + "; start it in the sandbox again and change them, or use another"
                        + " database");
              }
              return null;
            });
  }

  // nobody waits for it: to check a password takes as long as to start
  private static void warnUnlessPasswordOf(Bus bus, AdminSettings admin) {
    bus.request(
            IdentityVerbs.CHECK_PASSWORD,
            new CheckPassword(ADMIN, admin.password(), Optional.empty()))
        .onSuccess(
            checked -> {
              if (checked instanceof WrongPassword) {
                LOG.atWarn()
                    .log(
                        "PARLEY_ADMIN_PASSWORD is not the password of the user \"admin\", and has no"
                            + " effect: it counts at the first start only");
              }
            });
  }
}
