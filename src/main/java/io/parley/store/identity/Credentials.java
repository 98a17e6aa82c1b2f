package io.parley.store.identity;

import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

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

  private final Database database;
  private final PasswordHashing passwords;

  Credentials(Database database, PasswordHashing passwords) {
    this.database = database;
    this.passwords = passwords;
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
    return database.read(FIND, Tuple.of(name)).compose(rows -> verify(rows, password));
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
