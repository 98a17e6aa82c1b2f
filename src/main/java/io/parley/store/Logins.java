package io.parley.store;

import io.parley.identity.Identity.Changes;
import io.parley.identity.Identity.ChangesSince;
import io.parley.identity.Identity.CheckLogin;
import io.parley.identity.Identity.EndLogin;
import io.parley.identity.Identity.Ended;
import io.parley.identity.Identity.Login;
import io.parley.identity.Identity.MaybeLogin;
import io.parley.identity.Identity.OpenLogin;
import io.parley.identity.Identity.RotateLogin;
import io.parley.identity.Identity.SealedKey;
import io.parley.identity.Identity.SealedKeys;
import io.parley.identity.Identity.SigningKeys;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** Who is signed in, and the keys that vouch for it. */
final class Logins {
  private static final String LOGIN_AND_ACCOUNT =
      "select l.login_id, l.generation, "
          + Accounts.COLUMNS
          + " from l join account a on a.id = l.account join party p on p.id = a.id";

  private final Database database;

  Logins(Database database) {
    this.database = database;
  }

  Future<MaybeLogin> open(OpenLogin wanted) {
    String sql =
        """
        with l as (
          insert into login (id, account, expires_at) values ($1, $2, $3) returning id as login_id, generation, account
        )
        """
            + LOGIN_AND_ACCOUNT;
    return database
        .write(sql, Tuple.of(UUID.randomUUID(), wanted.account(), utc(wanted.expires())))
        .map(Logins::maybe);
  }

  /**
   * The next generation; nothing if the login is over. A generation that was used before ends it.
   */
  Future<MaybeLogin> rotate(RotateLogin wanted) {
    String sql =
        """
        with l as (
          update login set generation = generation + 1, expires_at = $3
          where id = $1 and generation = $2 and revoked_at is null and expires_at > clock_timestamp()
          returning id as login_id, generation, account
        )
        """
            + LOGIN_AND_ACCOUNT;
    return database
        .write(sql, Tuple.of(wanted.id(), wanted.generation(), utc(wanted.expires())))
        .map(Logins::maybe)
        .compose(
            login ->
                login.login().isPresent()
                    ? Future.succeededFuture(login)
                    : end(new EndLogin(wanted.id())).map(ended -> login));
  }

  Future<Ended> end(EndLogin wanted) {
    String sql =
        """
        update login set revoked_at = clock_timestamp(), changed = pg_current_xact_id()
        where id = $1 and revoked_at is null
        """;
    return database.write(sql, Tuple.of(wanted.id())).map(rows -> new Ended(rows.rowCount() > 0));
  }

  Future<MaybeLogin> check(CheckLogin question) {
    String sql =
        """
        with l as (
          select id as login_id, generation, account from login
          where id = $1 and revoked_at is null and expires_at > clock_timestamp()
        )
        """
            + LOGIN_AND_ACCOUNT;
    return database.read(sql, Tuple.of(question.id())).map(Logins::maybe);
  }

  Future<Changes> changes(ChangesSince since) {
    String sql =
        """
        select 'cursor' as kind, pg_snapshot_xmin(pg_current_snapshot())::text as id
        union all select 'account', id::text from account where changed >= $1::text::xid8
        union all select 'login', id::text from login where revoked_at is not null and changed >= $1::text::xid8
        """;
    return database.read(sql, Tuple.of(since.cursor().orElse(null))).map(Logins::changes);
  }

  private static Changes changes(RowSet<Row> rows) {
    List<Long> accounts = new ArrayList<>();
    List<UUID> logins = new ArrayList<>();
    String cursor = "";
    for (Row row : rows) {
      String id = row.getString("id");
      switch (row.getString("kind")) {
        case "account" -> accounts.add(Long.valueOf(id));
        case "login" -> logins.add(UUID.fromString(id));
        default -> cursor = id;
      }
    }
    return new Changes(accounts, logins, cursor);
  }

  /**
   * All keys, newest first; the offered one is kept when there is none, and of two nodes only one's
   * is.
   */
  Future<SealedKeys> keys(SigningKeys offer) {
    String sql =
        """
        insert into signing_key (kid, sealed)
        select $1, $2 where pg_advisory_xact_lock(7202604) is not null and not exists (select from signing_key)
        """;
    return database
        .write(sql, Tuple.of(offer.freshId(), Buffer.buffer(offer.freshSealed())))
        .compose(
            done ->
                database.read(
                    "select kid, sealed from signing_key order by created_at desc, kid",
                    Tuple.tuple()))
        .map(
            rows ->
                new SealedKeys(
                    StreamSupport.stream(rows.spliterator(), false)
                        .map(
                            row ->
                                new SealedKey(
                                    row.getString("kid"), row.getBuffer("sealed").getBytes()))
                        .toList()));
  }

  private static MaybeLogin maybe(RowSet<Row> rows) {
    return new MaybeLogin(
        StreamSupport.stream(rows.spliterator(), false)
            .findFirst()
            .map(
                row ->
                    new Login(
                        row.getUUID("login_id"),
                        row.getInteger("generation"),
                        Accounts.account(row))));
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
