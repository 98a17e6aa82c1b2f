package io.parley.store.identity;

import io.parley.identity.ClientAddress;
import io.parley.identity.IdentityVerbs.TooManyAttempts;
import io.parley.settings.AttemptLimits;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts wrong passwords and sign-ups in the database, for all nodes, and delays those who have
 * tried too often.
 *
 * <p>A password is looked at three times: before it is hashed, whether a delay is running, which
 * {@link #DELAY} says in the query that finds the account; then it is hashed; then it is settled,
 * and only that decides whether the client learns if it was right. So a burst learns no more than
 * as many tries one after the other. Names that no account has are counted like accounts.
 */
final class PasswordAttempts {
  /**
   * A query of one row for an account {@code f.id}, which may be null, and the fingerprint of a
   * name {@code f.name}; takes the parameters of {@link #limits} from {@code $2} on.
   */
  static final String DELAY = "password_delay(f.id, f.name, $2, $3, $4)";

  private static final String DELAY_NOW =
      "select d.delay_ms from (select $5::text as name, $1::bigint as id) f cross join lateral "
          + DELAY
          + " d";

  // a function; by the primary keys of attempt_count and known_address
  private static final String SETTLE = "select settle_password($1, $2, $3, $4, $5, $6)";

  // by the primary key of attempt_count
  private static final String SIGNUP_DELAY =
      """
      select ceil(extract(epoch from expires_at - clock_timestamp()) * 1000)::bigint
      from attempt_count where key = $1 and attempts >= $2 and expires_at > clock_timestamp()
      """;
  private static final String COUNT_SIGNUP =
      """
      insert into attempt_count as a (key, attempts, since, expires_at)
      values ($1, 1, statement_timestamp(), statement_timestamp() + interval '1 hour')
      on conflict (key) do update set
        attempts = case when a.expires_at > statement_timestamp() then a.attempts + 1 else 1 end,
        since = case when a.expires_at > statement_timestamp() then a.since else statement_timestamp() end,
        expires_at = case when a.expires_at > statement_timestamp() then a.expires_at else excluded.expires_at end
      returning case when attempts > $2
        then ceil(extract(epoch from expires_at - statement_timestamp()) * 1000)::bigint end
      """;

  // by attempt_count_expires and known_address_signed_in
  private static final String SWEEP_COUNTS =
      """
      delete from attempt_count where key = any (array(
        select c.key from attempt_count c where c.expires_at < clock_timestamp()
        order by c.expires_at limit 1000 for update skip locked))
      """;
  private static final String SWEEP_ADDRESSES =
      """
      delete from known_address k using (
        select o.account, o.address from known_address o
        where o.signed_in_at < clock_timestamp() - interval '30 days'
        order by o.signed_in_at limit 1000 for update skip locked
      ) old
      where k.account = old.account and k.address = old.address
      """;

  private final Database database;
  private final AttemptLimits limits;

  PasswordAttempts(Database database, AttemptLimits limits) {
    this.database = database;
    this.limits = limits;
  }

  /** The client whose attempts count; empty if they do not. */
  Optional<ClientAddress> counted(Optional<ClientAddress> client) {
    return client.filter(each -> !(limits.loopbackExempt() && each.isLoopback()));
  }

  /** The parameters of {@link #DELAY} after the one that finds the account. */
  Tuple limits(@Nullable Object account, Optional<ClientAddress> client) {
    return Tuple.of(account, address(client), limits.perAccount(), limits.perAddress());
  }

  private @Nullable String address(Optional<ClientAddress> client) {
    return counted(client).map(ClientAddress::countedAs).orElse(null);
  }

  static Optional<TooManyAttempts> delay(Row row) {
    return tooMany(row.getLong("delay_ms"));
  }

  /** The delay that is running now for an account, or for a name that nobody has. */
  Future<Optional<TooManyAttempts>> delay(
      @Nullable Long account, String name, Optional<ClientAddress> client) {
    return database
        .read(DELAY_NOW, limits(account, client).addString(name))
        .map(PasswordAttempts::tooMany);
  }

  private static Optional<TooManyAttempts> tooMany(@Nullable Long delayMs) {
    return delayMs == null || delayMs == 0
        ? Optional.empty()
        : Optional.of(new TooManyAttempts(Duration.ofMillis(delayMs)));
  }

  /** Whether the client learns nothing about the password that was checked. */
  Future<Optional<TooManyAttempts>> settle(
      @Nullable Long account, String name, Optional<ClientAddress> client, boolean right) {
    String address = address(client);
    if (address == null) {
      return Future.succeededFuture(Optional.empty());
    }
    Tuple parameters =
        Tuple.of(account, name, address, limits.perAccount(), limits.perAddress(), right);
    return database.write(SETTLE, parameters).map(PasswordAttempts::tooMany);
  }

  /** Counts a sign-up, unless there have been too many. */
  Future<Optional<TooManyAttempts>> signUp(Optional<ClientAddress> client) {
    String address = address(client);
    if (address == null || limits.signupsPerAddress() == 0) {
      return Future.succeededFuture(Optional.empty());
    }
    Tuple parameters = Tuple.of("sign-up:" + address, limits.signupsPerAddress());
    // a flood of sign-ups writes nothing
    return database
        .read(SIGNUP_DELAY, parameters)
        .map(PasswordAttempts::tooMany)
        .compose(
            delayed ->
                delayed.isPresent()
                    ? Future.succeededFuture(delayed)
                    : database.write(COUNT_SIGNUP, parameters).map(PasswordAttempts::tooMany));
  }

  private static Optional<TooManyAttempts> tooMany(RowSet<Row> rows) {
    return rows.size() == 0 ? Optional.empty() : tooMany(rows.iterator().next().getLong(0));
  }

  /** Deletes counts that have expired. */
  Future<Integer> sweepCounts() {
    return database.write(SWEEP_COUNTS, Tuple.tuple()).map(rows -> rows.rowCount());
  }

  /** Deletes addresses from which nobody has signed in for a month. */
  Future<Integer> sweepAddresses() {
    return database.write(SWEEP_ADDRESSES, Tuple.tuple()).map(rows -> rows.rowCount());
  }
}
