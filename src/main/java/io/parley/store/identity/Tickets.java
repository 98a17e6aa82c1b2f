package io.parley.store.identity;

import io.parley.identity.TicketVerbs.IssueTicket;
import io.parley.identity.TicketVerbs.RedeemTicket;
import io.parley.identity.TicketVerbs.RedeemedTicket;
import io.parley.identity.TicketVerbs.TicketHolder;
import io.parley.identity.TicketVerbs.TicketIssued;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** One-time tickets with which sockets authenticate: the transaction that deletes one used it. */
final class Tickets {
  // by the primary key of account
  private static final String ISSUE =
      """
      insert into ticket (hash, account, login, until, changed, expires_at)
      select $1, a.id, $3, $4, a.changed, clock_timestamp() + $5 * interval '1 second' from account a where a.id = $2
      """;

  // by the primary keys of ticket, account, party, api_key and login
  private static final String REDEEM =
      """
      with t as (
        delete from ticket where hash = $1 and expires_at > clock_timestamp() returning account, login, until, changed
      )
      select %s, %s, t.login, t.until
      from t join account a on a.id = t.account join party p on p.id = a.id
      left join api_key k on k.id = a.id and k.ended_at is null
      where coalesce(t.until > clock_timestamp(), true) and case
        when t.login is null then a.changed = t.changed
        else exists (
          select from login l where l.id = t.login and l.revoked_at is null and l.expires_at > clock_timestamp())
        end
      """
          .formatted(AccountRows.COLUMNS, ApiKeys.PARTY_AND_SCOPES);

  // by ticket_expires
  private static final String DELETE_EXPIRED =
      """
      delete from ticket where hash = any (array(
        select t.hash from ticket t where t.expires_at <= clock_timestamp() order by t.expires_at limit 1000))
      """;

  private final Database database;

  Tickets(Database database) {
    this.database = database;
  }

  Future<TicketIssued> issue(IssueTicket request) {
    Tuple parameters =
        Tuple.of(
            Buffer.buffer(request.hash()),
            request.account(),
            request.login().orElse(null),
            request.until().map(SqlTime::utc).orElse(null),
            request.lasts().toSeconds());
    return database.write(ISSUE, parameters).map(new TicketIssued());
  }

  Future<RedeemedTicket> redeem(RedeemTicket request) {
    return database
        .write(REDEEM, Tuple.of(Buffer.buffer(request.hash())))
        .map(
            rows ->
                new RedeemedTicket(
                    StreamSupport.stream(rows.spliterator(), false)
                        .findFirst()
                        .map(Tickets::holder)));
  }

  private static TicketHolder holder(Row row) {
    boolean isKey = row.getArrayOfStrings("scopes") != null;
    return new TicketHolder(
        isKey ? Optional.empty() : Optional.of(AccountRows.account(row)),
        isKey ? Optional.of(ApiKeys.key(row)) : Optional.empty(),
        Optional.ofNullable(row.getUUID("login")),
        Optional.ofNullable(row.getOffsetDateTime("until")).map(OffsetDateTime::toInstant));
  }

  Future<Integer> sweep() {
    return database.write(DELETE_EXPIRED, Tuple.tuple()).map(rows -> rows.rowCount());
  }
}
