package io.parley;

import io.parley.api.auth.Caller;
import io.parley.bus.Bus;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.identity.Role;
import io.parley.settings.AdminSettings;
import io.parley.settings.Mode;
import io.vertx.core.Future;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The accounts that exist from the first start on. */
final class RequiredAccounts {
  private static final Logger LOG = LoggerFactory.getLogger(RequiredAccounts.class);
  private static final String ADMIN = "admin";

  private RequiredAccounts() {}

  /** Creates those that are missing; in the sandbox, the agent for calls without credentials. */
  static Future<Optional<Caller>> ensure(Bus bus, Mode mode, AdminSettings admin) {
    EnsureAccount administrator =
        new EnsureAccount("Admin", admin.email(), ADMIN, Optional.of(admin.password()), Role.ADMIN);
    EnsureAccount agent =
        new EnsureAccount("Agent", "agent@parley.local", "agent", Optional.empty(), Role.AGENT);
    Future<FoundUser> ensured =
        bus.request(IdentityVerbs.ENSURE_ACCOUNT, administrator)
            .onSuccess(exists -> warnUnlessPasswordOf(bus, admin));
    return mode == Mode.PRODUCTION
        ? ensured.map(Optional.empty())
        : ensured
            .compose(done -> bus.request(IdentityVerbs.ENSURE_ACCOUNT, agent))
            .map(user -> user.account().map(Caller.User::new));
  }

  // nobody waits for it: to check a password takes as long as to start
  private static void warnUnlessPasswordOf(Bus bus, AdminSettings admin) {
    bus.request(IdentityVerbs.CHECK_PASSWORD, new CheckPassword(ADMIN, admin.password()))
        .onSuccess(
            checked -> {
              if (checked.account().isEmpty()) {
                LOG.atWarn()
                    .log(
                        "PARLEY_ADMIN_PASSWORD is not the password of the user \"admin\", and has no"
                            + " effect: it counts at the first start only");
              }
            });
  }
}
