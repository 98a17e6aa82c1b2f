package io.parley.store.identity;

import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.FindPublicPasswords;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.identity.IdentityVerbs.WithPublicPassword;
import io.parley.settings.AdminSettings;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Checks usernames or email addresses with their passwords. */
final class Credentials {
  // by party_handle and account_email. The database lower-cases, as its indexes do: Java's rules
  // differ for some alphabets
  private static final String FIND =
      """
      select %s, a.password_hash
      from (
        select p.id, 1 as place from party p where p.handle = lower($1)
        union all
        select a.id, 2 from account a where lower(a.email) = lower($1)
      ) f
      cross join lateral (select p.* from party p where p.id = f.id offset 0) p
      cross join lateral (select a.* from account a where a.id = f.id offset 0) a
      order by f.place limit 1
      """
          .formatted(AccountRows.COLUMNS);

  // by party_handle and the primary key of account
  private static final String FIND_HASHES =
      """
      select p.handle, a.password_hash
      from unnest($1::text[]) n (handle)
      cross join lateral (select p.* from party p where p.handle = n.handle offset 0) p
      cross join lateral (select a.* from account a where a.id = p.id offset 0) a
      where a.password_hash is not null
      """;

  private final Database database;
  private final PasswordHashing passwords;
  private final boolean publicPasswords;

  /** {@code publicPasswords}: whether one may sign in with the password of every sandbox. */
  Credentials(Database database, PasswordHashing passwords, boolean publicPasswords) {
    this.database = database;
    this.passwords = passwords;
    this.publicPasswords = publicPasswords;
  }

  Future<FoundUser> check(CheckPassword question) {
    return verify(question.name(), question.password())
        .map(verified -> new FoundUser(verified.map(Verified::account)));
  }

  /** An account, and the hash against which its password was verified. */
  record Verified(Account account, String hash) {
    @Override
    public String toString() {
      return "Verified[" + account.id() + "]";
    }
  }

  /** The account with this name, if this is its password. */
  Future<Optional<Verified>> verify(String name, String password) {
    if (!publicPasswords && password.equals(AdminSettings.SANDBOX_PASSWORD)) {
      return passwords.checkUnknown(password).map(failed -> Optional.empty());
    }
    return database.read(FIND, Tuple.of(name)).compose(rows -> verify(rows, password));
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
        .check(AdminSettings.SANDBOX_PASSWORD, row.getString("password_hash"))
        .map(
            isPublic ->
                isPublic
                    ? Stream.concat(before.stream(), Stream.of(row.getString("handle"))).toList()
                    : before);
  }

  private Future<Optional<Verified>> verify(RowSet<Row> rows, String password) {
    Row row = rows.size() == 0 ? null : rows.iterator().next();
    String hash = row == null ? null : row.getString("password_hash");
    if (row == null || hash == null) {
      return passwords.checkUnknown(password).map(failed -> Optional.empty());
    }
    return passwords
        .check(password, hash)
        .map(
            right ->
                right
                    ? Optional.of(new Verified(AccountRows.account(row), hash))
                    : Optional.empty());
  }
}
