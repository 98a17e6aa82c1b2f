package io.parley.store.identity;

import io.parley.flow.Batcher;
import io.parley.identity.IdentityVerbs.Changes;
import io.parley.identity.IdentityVerbs.ChangesSince;
import io.parley.identity.IdentityVerbs.CheckLogin;
import io.parley.identity.IdentityVerbs.EndLogin;
import io.parley.identity.IdentityVerbs.Ended;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.MaybeLogin;
import io.parley.identity.IdentityVerbs.OpenLogin;
import io.parley.identity.IdentityVerbs.RotateLogin;
import io.parley.identity.IdentityVerbs.SealedKey;
import io.parley.identity.IdentityVerbs.SealedKeys;
import io.parley.identity.IdentityVerbs.SigningKeys;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** Who is signed in, and the keys that vouch for it. */
public final class Logins {
  private static final String LOGIN_AND_ACCOUNT =
      "select l.login_id, l.generation, "
          + Accounts.COLUMNS
          + " from l join account a on a.id = l.account join party p on p.id = a.id";

  private static final int MOST_CHECKED_AT_ONCE = 500;
  private static final int MOST_WAITING = 20_000;
  private static final long KEYS_LOCK = 7_202_604;

  private final Database database;
  private final Accounts accounts;
  private final Batcher<UUID, Optional<Login>> checks =
      new Batcher<>(MOST_CHECKED_AT_ONCE, MOST_WAITING, this::check);

  public Logins(Database database, Accounts accounts) {
    this.database = database;
    this.accounts = accounts;
  }

  public Future<MaybeLogin> open(OpenLogin wanted) {
    return accounts
        .proven(wanted.name(), wanted.password())
        .compose(
            proven ->
                proven.isPresent()
                    ? open(proven.get(), wanted.expires())
                    : Future.succeededFuture(new MaybeLogin(Optional.empty())));
  }

  // the share lock waits for a password change under way, and then sees the new hash; a change that
  // comes later waits for us, and then sees the login that it has to end
  private Future<MaybeLogin> open(Accounts.Proven proven, Instant expires) {
    String sql =
        """
        with still as (
          select id from account where id = $2 and password_hash = $3 for share
        ), l as (
          insert into login (id, account, expires_at) select $1, id, $4 from still
          returning id as login_id, generation, account
        )
        """
            + LOGIN_AND_ACCOUNT;
    Tuple parameters =
        Tuple.of(UUID.randomUUID(), proven.account().id(), proven.hash(), utc(expires));
    return database.write(sql, parameters).map(Logins::maybe);
  }

  /**
   * The next generation; nothing if the login is over. A generation that was used before ends it.
   */
  public Future<MaybeLogin> rotate(RotateLogin wanted) {
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

  public Future<Ended> end(EndLogin wanted) {
    String sql =
        """
        update login set revoked_at = clock_timestamp(), changed = pg_current_xact_id()
        where id = $1 and revoked_at is null
        """;
    return database.write(sql, Tuple.of(wanted.id())).map(rows -> new Ended(rows.rowCount() > 0));
  }

  public Future<MaybeLogin> check(CheckLogin question) {
    return checks.ask(question.id()).map(MaybeLogin::new);
  }

  private Future<List<Optional<Login>>> check(List<UUID> ids) {
    String sql =
        """
        with l as (
          select id as login_id, generation, account from login
          where id = any ($1) and revoked_at is null and expires_at > clock_timestamp()
        )
        """
            + LOGIN_AND_ACCOUNT;
    return database
        .read(sql, Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
        .map(
            rows -> {
              Map<UUID, Login> found = new HashMap<>();
              rows.forEach(row -> found.put(row.getUUID("login_id"), login(row)));
              return ids.stream().map(id -> Optional.ofNullable(found.get(id))).toList();
            });
  }

  /**
   * What this snapshot sees and the cursor's did not: exact whatever the order of commits, however
   * long some transaction stays open, and with numbers that a dump brought from another server.
   */
  public Future<Changes> changes(ChangesSince since) {
    String sql =
        """
        select 'cursor' as kind, pg_current_snapshot()::text as id
        union all select 'account', id::text from account
          where changed >= pg_snapshot_xmin($1::text::pg_snapshot)
            and changed < pg_snapshot_xmax(pg_current_snapshot())
            and not pg_visible_in_snapshot(changed, $1::text::pg_snapshot)
        union all select 'login', id::text from login
          where revoked_at is not null
            and changed >= pg_snapshot_xmin($1::text::pg_snapshot)
            and changed < pg_snapshot_xmax(pg_current_snapshot())
            and not pg_visible_in_snapshot(changed, $1::text::pg_snapshot)
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
   * All keys, newest first; the offered one is kept when there is none. Nodes that start at once
   * agree on one: the lock comes first, and only a later statement, with a fresh snapshot, looks.
   */
  public Future<SealedKeys> keys(SigningKeys offer) {
    String lock = "select pg_advisory_xact_lock($1)";
    String keep =
        "insert into signing_key (kid, sealed) select $1, $2 where not exists (select from signing_key)";
    String all = "select kid, sealed from signing_key order by created_at desc, kid";
    return database
        .transaction(
            connection ->
                connection
                    .preparedQuery(lock)
                    .execute(Tuple.of(KEYS_LOCK))
                    .compose(
                        locked ->
                            connection
                                .preparedQuery(keep)
                                .execute(
                                    Tuple.of(offer.freshId(), Buffer.buffer(offer.freshSealed()))))
                    .compose(kept -> connection.preparedQuery(all).execute()))
        .map(Logins::sealed);
  }

  private static SealedKeys sealed(RowSet<Row> rows) {
    return new SealedKeys(
        StreamSupport.stream(rows.spliterator(), false)
            .map(row -> new SealedKey(row.getString("kid"), row.getBuffer("sealed").getBytes()))
            .toList());
  }

  private static MaybeLogin maybe(RowSet<Row> rows) {
    return new MaybeLogin(
        StreamSupport.stream(rows.spliterator(), false).findFirst().map(Logins::login));
  }

  private static Login login(Row row) {
    return new Login(row.getUUID("login_id"), row.getInteger("generation"), Accounts.account(row));
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
