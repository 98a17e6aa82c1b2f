package io.parley.store.identity;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.vertx.sqlclient.Row;

/** Reads parties from rows. */
public final class PartyRows {
  /** The kinds of party that are users, as a list in SQL. */
  public static final String USER_KINDS = "('person', 'company', 'influencer')";

  private PartyRows() {}

  /** The party in the columns {@code id}, {@code kind}, {@code handle} and {@code name}. */
  public static Party party(Row row, String prefix) {
    return new Party(
        row.getLong(prefix + "id"),
        PartyKind.of(row.getString(prefix + "kind")),
        row.getString(prefix + "name"),
        row.getString(prefix + "handle"));
  }
}
