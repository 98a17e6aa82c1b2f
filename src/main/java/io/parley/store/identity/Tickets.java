package io.parley.store.identity;

import io.parley.identity.TicketVerbs.Holder;
import io.parley.identity.TicketVerbs.IssueTicket;
import io.parley.identity.TicketVerbs.Issued;
import io.parley.identity.TicketVerbs.RedeemTicket;
import io.parley.identity.TicketVerbs.Redeemed;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Tickets for sockets; whoever deletes one has used it. */
public final class Tickets {
  private final Database database;

  public Tickets(Database database) {
    this.database = database;
  }

  public Future<Issued> issue(IssueTicket wanted) {
    String sql =
        """
        insert into ticket (hash, account, login, until, changed, expires_at)
        select $1, a.id, $3, $4, a.changed, clock_timestamp() + $5 * interval '1 second' from account a where a.id = $2
        """;
    Tuple parameters =
        Tuple.of(
            Buffer.buffer(wanted.hash()),
            wanted.account(),
            wanted.login().orElse(null),
            wanted.until().map(until -> until.atOffset(ZoneOffset.UTC)).orElse(null),
            wanted.lasts().toSeconds());
    return database.write(sql, parameters).map(new Issued());
  }

  public Future<Redeemed> redeem(RedeemTicket wanted) {
    String sql =
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
            .formatted(Accounts.COLUMNS, ApiKeys.PARTY_AND_SCOPES);
    return database
        .write(sql, Tuple.of(Buffer.buffer(wanted.hash())))
        .map(
            rows ->
                new Redeemed(
                    StreamSupport.stream(rows.spliterator(), false)
                        .findFirst()
                        .map(Tickets::holder)));
  }

  private static Holder holder(Row row) {
    boolean program = row.getArrayOfStrings("scopes") != null;
    return new Holder(
        program ? Optional.empty() : Optional.of(Accounts.account(row)),
        program ? Optional.of(ApiKeys.key(row)) : Optional.empty(),
        Optional.ofNullable(row.getUUID("login")),
        Optional.ofNullable(row.getOffsetDateTime("until")).map(OffsetDateTime::toInstant));
  }

  public Future<Integer> sweep() {
    return database
        .write("delete from ticket where expires_at <= clock_timestamp()", Tuple.tuple())
        .map(rows -> rows.rowCount());
  }
}
