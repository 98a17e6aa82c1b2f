package io.parley;

import io.parley.api.auth.Caller;
import io.parley.bus.Bus;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.identity.Role;
import io.parley.settings.AdminSettings;
import io.parley.settings.Mode;
import io.vertx.core.Future;
import java.util.Optional;

/** The accounts that exist from the first start on. */
final class RequiredAccounts {
  private RequiredAccounts() {}

  /** Creates those that are missing; in the sandbox, the agent for calls without credentials. */
  static Future<Optional<Caller>> ensure(Bus bus, Mode mode, AdminSettings admin) {
    EnsureAccount administrator =
        new EnsureAccount(
            "Admin", admin.email(), "admin", Optional.of(admin.password()), Role.ADMIN);
    EnsureAccount agent =
        new EnsureAccount("Agent", "agent@parley.local", "agent", Optional.empty(), Role.AGENT);
    Future<FoundUser> ensured = bus.request(IdentityVerbs.ENSURE_ACCOUNT, administrator);
    return mode == Mode.PRODUCTION
        ? ensured.map(Optional.empty())
        : ensured
            .compose(done -> bus.request(IdentityVerbs.ENSURE_ACCOUNT, agent))
            .map(user -> user.account().map(Caller.User::new));
  }
}
