package io.parley.store.identity;

import io.parley.identity.Account;
import io.parley.identity.ClientAddress;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.FindPublicPasswords;
import io.parley.identity.IdentityVerbs.PasswordCheck;
import io.parley.identity.IdentityVerbs.RightPassword;
import io.parley.identity.IdentityVerbs.TooManyAttempts;
import io.parley.identity.IdentityVerbs.WithPublicPassword;
import io.parley.identity.IdentityVerbs.WrongPassword;
import io.parley.identity.NameFingerprint;
import io.parley.settings.AdminSettings;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks usernames or email addresses with their passwords. Names that exist and names that do not
 * take the same statements and the same hashing, so that neither answers nor times tell which do.
 */
final class Credentials {
  // by the primary keys of party and account, and what password_delay reads
  private static final String FIND =
      """
      select d.known, d.delay_ms, a.password_hash, %s
      from (%%s offset 0) f
      left join lateral (select p.* from party p where p.id = f.id offset 0) p on true
      left join lateral (select a.* from account a where a.id = f.id offset 0) a on true
      cross join lateral %s d
      """
          .formatted(AccountRows.COLUMNS, PasswordAttempts.DELAY);

  // by party_handle and account_email. The database lower-cases, as its indexes do: Java's rules
  // differ for some alphabets
  private static final String FIND_NAMED =
      FIND.formatted(
          """
          select $5::text as name, (
            select u.id
            from (
              select p.id, 1 as place from party p where p.handle = lower($1)
              union all
              select a.id, 2 from account a where lower(a.email) = lower($1)
            ) u
            cross join lateral (select from account a where a.id = u.id offset 0) a
            order by u.place limit 1
          ) as id
          """);
  private static final String FIND_BY_ID =
      FIND.formatted("select $5::text as name, $1::bigint as id");

  // by the primary key; sessions go on, since the password is the same
  private static final String RENEW_HASH =
      "update account set password_hash = $3 where id = $1 and password_hash = $2";

  // by party_handle and the primary key of account
  private static final String FIND_HASHES =
      """
      select p.handle, a.password_hash
      from unnest($1::text[]) n (handle)
      cross join lateral (select p.* from party p where p.handle = n.handle offset 0) p
      cross join lateral (select a.* from account a where a.id = p.id offset 0) a
      where a.password_hash is not null
      """;

  private static final long SHORT_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final PasswordTurn AT_START =
      PasswordTurn.of(PasswordTurn.Purpose.CHANGE, Optional.empty());

  private final Database database;
  private final PasswordHashing passwords;
  private final PasswordAttempts attempts;
  private final NameFingerprint fingerprint;
  private final boolean publicPasswords;

  /** {@code publicPasswords}: whether one may sign in with the password of every sandbox. */
  Credentials(
      Database database,
      PasswordHashing passwords,
      PasswordAttempts attempts,
      NameFingerprint fingerprint,
      boolean publicPasswords) {
    this.database = database;
    this.passwords = passwords;
    this.attempts = attempts;
    this.fingerprint = fingerprint;
    this.publicPasswords = publicPasswords;
  }

  Future<PasswordCheck> check(CheckPassword question) {
    PasswordTurn turn = PasswordTurn.of(PasswordTurn.Purpose.BASIC, question.client());
    return verify(question.name(), question.password(), question.client(), turn)
        .map(
            verdict ->
                switch (verdict) {
                  case Right right -> new RightPassword(right.account());
                  case Wrong wrong -> new WrongPassword();
                  case Delayed delayed -> delayed.reason();
                });
  }

  /** What a client learns about a password. */
  sealed interface Verdict {}

  /** The account, and the hash against which its password was verified. */
  record Right(Account account, String hash) implements Verdict {
    @Override
    public String toString() {
      return "Right[" + account.id() + "]";
    }
  }

  record Wrong() implements Verdict {}

  record Delayed(TooManyAttempts reason) implements Verdict {}

  /** Whether {@code password} is that of the account with this name. */
  Future<Verdict> verify(
      String name, String password, Optional<ClientAddress> client, PasswordTurn turn) {
    String counted = fingerprint.of(lowerCase(name));
    return database
        .read(FIND_NAMED, attempts.limits(name, client).addString(counted))
        .compose(
            rows -> verify(rows.iterator().next(), new Presented(counted, password, client, turn)));
  }

  /** Whether {@code password} is that of this account. */
  Future<Verdict> verify(
      long account, String password, Optional<ClientAddress> client, PasswordTurn turn) {
    return database
        .read(FIND_BY_ID, attempts.limits(account, client).addString(""))
        .compose(rows -> verify(rows.iterator().next(), new Presented("", password, client, turn)));
  }

  // letter by letter, as the database does it, which compares names by that
  private static String lowerCase(String name) {
    return name.codePoints()
        .map(Character::toLowerCase)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** {@code countedAs}: the fingerprint of the name. */
  private record Presented(
      String countedAs, String password, Optional<ClientAddress> client, PasswordTurn turn) {
    @Override
    public String toString() {
      return "Presented[hidden]";
    }
  }

  private Future<Verdict> verify(Row row, Presented presented) {
    Optional<TooManyAttempts> delay = PasswordAttempts.delay(row);
    if (delay.isPresent()) {
      return delayed(delay.get());
    }
    PasswordTurn turn =
        row.getBoolean("known") ? presented.turn().fromKnownAddress() : presented.turn();
    long since = System.nanoTime();
    return passwords
        .<Supplier<Future<Verdict>>>enter(
            turn,
            () ->
                delayMeanwhile(row, presented, since)
                    .compose(
                        begun ->
                            begun.isPresent()
                                ? Future.succeededFuture(() -> delayed(begun.get()))
                                : compare(row, presented)
                                    .map(compared -> () -> settle(row, presented, compared))))
        .compose(Supplier::get);
  }

  private static Future<Verdict> delayed(TooManyAttempts reason) {
    return Future.succeededFuture(new Delayed(reason));
  }

  // of a burst most would be hashed in vain, since a delay begins while they wait for their turn
  private Future<Optional<TooManyAttempts>> delayMeanwhile(
      Row row, Presented presented, long since) {
    return System.nanoTime() - since < SHORT_WAIT_NANOS
        ? Future.succeededFuture(Optional.empty())
        : attempts.delay(row.getLong("id"), presented.countedAs(), presented.client());
  }

  private Future<PasswordHashing.Comparison> compare(Row row, Presented presented) {
    String hash = row.getString("password_hash");
    return hash == null || isRefused(presented.password())
        ? passwords.compareWithNoneWithinTurn(presented.password())
        : passwords.compareWithinTurn(presented.password(), hash);
  }

  private Future<Verdict> settle(
      Row row, Presented presented, PasswordHashing.Comparison compared) {
    return attempts
        .settle(row.getLong("id"), presented.countedAs(), presented.client(), compared.equal())
        .compose(
            delay ->
                delay.isPresent()
                    ? delayed(delay.get())
                    : verdict(row, row.getString("password_hash"), compared));
  }

  private Future<Verdict> verdict(
      Row row, @Nullable String hash, PasswordHashing.Comparison compared) {
    if (hash == null || !compared.equal()) {
      return Future.succeededFuture(new Wrong());
    }
    Account account = AccountRows.account(row);
    if (compared.renewed().isEmpty()) {
      return Future.succeededFuture(new Right(account, hash));
    }
    String renewed = compared.renewed().get();
    return database
        .write(RENEW_HASH, Tuple.of(account.id(), hash, renewed))
        .map(rows -> new Right(account, rows.rowCount() == 1 ? renewed : hash));
  }

  private boolean isRefused(String password) {
    return !publicPasswords && password.equals(AdminSettings.SANDBOX_PASSWORD);
  }

  /** Which of these users have the password of every sandbox. */
  Future<WithPublicPassword> find(FindPublicPasswords question) {
    return database
        .read(FIND_HASHES, Tuple.of(question.usernames().toArray(String[]::new)))
        .compose(
            rows -> {
              Future<List<String>> found = Future.succeededFuture(List.of());
              for (Row row : rows) {
                found = found.compose(before -> checkPublic(row, before));
              }
              return found.map(WithPublicPassword::new);
            });
  }

  private Future<List<String>> checkPublic(Row row, List<String> before) {
    return passwords
        .compare(AT_START, AdminSettings.SANDBOX_PASSWORD, row.getString("password_hash"))
        .map(
            compared ->
                compared.equal()
                    ? Stream.concat(before.stream(), Stream.of(row.getString("handle"))).toList()
                    : before);
  }
}
