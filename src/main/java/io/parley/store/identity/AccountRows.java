package io.parley.store.identity;

import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.identity.Role;
import io.parley.store.db.SqlTime;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.stream.StreamSupport;

/** Reads accounts from rows with these columns of a party {@code p} and its account {@code a}. */
final class AccountRows {
  static final String COLUMNS = "p.id, p.kind, p.handle, p.name, a.email, a.role, a.created_at";

  private AccountRows() {}

  static Account account(Row row) {
    return new Account(
        PartyRows.party(row, ""),
        row.getString("email"),
        Role.of(row.getString("role")),
        SqlTime.instant(row, "created_at"));
  }

  /** The account in the first row, if there is one. */
  static FoundUser first(RowSet<Row> rows) {
    return new FoundUser(
        StreamSupport.stream(rows.spliterator(), false).findFirst().map(AccountRows::account));
  }
}
