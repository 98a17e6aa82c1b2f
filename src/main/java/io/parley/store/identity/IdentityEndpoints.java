package io.parley.store.identity;

import io.parley.bus.Bus;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.KeyVerbs;
import io.parley.identity.NameFingerprint;
import io.parley.identity.TicketVerbs;
import io.parley.settings.AuthSettings;
import io.parley.store.db.Database;
import io.parley.store.db.PeriodicSweeps;
import io.vertx.core.Vertx;
import java.util.random.RandomGenerator;

/** The endpoints of accounts, credentials, logins, API keys and tickets. */
public final class IdentityEndpoints {
  private static final long SWEEP_MS = 60_000;

  private final PasswordAttempts attempts;
  private final Registrations registrations;
  private final Accounts accounts;
  private final Credentials credentials;
  private final Logins logins;
  private final LastSeen lastSeen;
  private final ApiKeys keys;
  private final Tickets tickets;

  public IdentityEndpoints(
      Vertx vertx,
      Database database,
      AuthSettings settings,
      NameFingerprint fingerprint,
      RandomGenerator random) {
    PasswordHashing passwords = new PasswordHashing(vertx, settings);
    this.attempts = new PasswordAttempts(database, settings.attempts());
    this.credentials =
        new Credentials(database, passwords, attempts, fingerprint, settings.publicPasswords());
    this.registrations = new Registrations(database, passwords, attempts, random);
    this.accounts = new Accounts(database, passwords, credentials);
    this.logins = new Logins(database, credentials);
    this.lastSeen = new LastSeen(database);
    this.keys = new ApiKeys(database);
    this.tickets = new Tickets(database);
  }

  public void serve(Bus bus, PeriodicSweeps sweeps) {
    bus.serve(IdentityVerbs.CREATE_USER, registrations::create);
    bus.serve(IdentityVerbs.FIND_USERS, accounts::find);
    bus.serve(IdentityVerbs.FIND_USER, accounts::find);
    bus.serve(IdentityVerbs.FIND_NAMED_USERS, accounts::find);
    bus.serve(IdentityVerbs.UPDATE_USER, accounts::update);
    bus.serve(IdentityVerbs.ENSURE_ACCOUNT, accounts::ensure);
    bus.serve(IdentityVerbs.CHECK_PASSWORD, credentials::check);
    bus.serve(IdentityVerbs.FIND_PUBLIC_PASSWORDS, credentials::find);
    bus.serve(IdentityVerbs.OPEN_LOGIN, logins::open);
    bus.serve(IdentityVerbs.ROTATE_LOGIN, logins::rotate);
    bus.serve(IdentityVerbs.END_LOGIN, logins::end);
    bus.serve(IdentityVerbs.CHECK_LOGIN, logins::check);
    bus.serve(IdentityVerbs.CHANGES_SINCE, logins::changes);
    bus.serve(IdentityVerbs.SIGNING_KEYS, logins::keys);
    bus.serve(IdentityVerbs.MARK_LAST_SEEN, lastSeen::mark);
    bus.serve(IdentityVerbs.FIND_LAST_SEEN, lastSeen::find);
    bus.serve(KeyVerbs.CREATE_KEY, keys::create);
    bus.serve(KeyVerbs.FIND_KEYS, keys::find);
    bus.serve(KeyVerbs.CHECK_KEY, keys::check);
    bus.serve(KeyVerbs.END_KEY, keys::end);
    bus.serve(TicketVerbs.ISSUE_TICKET, tickets::issue);
    bus.serve(TicketVerbs.REDEEM_TICKET, tickets::redeem);
    sweeps.drainEvery(SWEEP_MS, "expired tickets", tickets::sweep);
    sweeps.drainEvery(SWEEP_MS, "expired logins", logins::sweep);
    sweeps.drainEvery(SWEEP_MS, "expired attempts", attempts::sweepCounts);
    sweeps.drainEvery(SWEEP_MS, "old addresses", attempts::sweepAddresses);
  }
}
