package io.parley.store.identity;

import io.parley.flow.Batcher;
import io.parley.identity.ClientAddress;
import io.parley.identity.IdentityVerbs.Changes;
import io.parley.identity.IdentityVerbs.ChangesSince;
import io.parley.identity.IdentityVerbs.CheckLogin;
import io.parley.identity.IdentityVerbs.EndLogin;
import io.parley.identity.IdentityVerbs.FoundLogin;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.LoginEnded;
import io.parley.identity.IdentityVerbs.OpenLogin;
import io.parley.identity.IdentityVerbs.RotateLogin;
import io.parley.identity.IdentityVerbs.SealedKey;
import io.parley.identity.IdentityVerbs.SealedKeys;
import io.parley.identity.IdentityVerbs.SignIn;
import io.parley.identity.IdentityVerbs.SignedIn;
import io.parley.identity.IdentityVerbs.SigningKeys;
import io.parley.identity.IdentityVerbs.WrongPassword;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** The logins of users: opened, rotated, ended and checked; and the keys that sign their tokens. */
final class Logins {
  private static final String LOGIN_AND_ACCOUNT =
      "select l.login_id, l.generation, "
          + AccountRows.COLUMNS
          + " from l join account a on a.id = l.account join party p on p.id = a.id";

  // the share lock waits for a concurrent password change, and then sees the new hash; a later
  // change waits for this lock, and then sees the login that it has to end. By primary keys
  private static final String OPEN =
      """
      with still as (
        select id from account where id = $2 and password_hash = $3 for share
      ), l as (
        insert into login (id, account, expires_at) select $1, id, $4 from still
        returning id as login_id, generation, account
      )
      """
          + LOGIN_AND_ACCOUNT;

  // each by the primary key of login. One statement decides and writes, so of two requests with one
  // token the second sees what the first has done
  private static final String ROTATE =
      """
      with l as (
        update login set
          generation = case when generation = $2 then generation + 1 else generation end,
          expires_at = case when generation = $2 then $3 else expires_at end,
          rotated_at = case when generation = $2 then clock_timestamp() else rotated_at end,
          revoked_at = case when %1$s then null else clock_timestamp() end,
          changed = case when %1$s then changed else pg_current_xact_id() end
        where id = $1 and revoked_at is null
        returning id as login_id, generation, account, revoked_at
      )
      """
              .formatted(
                  "expires_at > statement_timestamp() and (generation = $2 or (generation = $2 + 1"
                      + " and rotated_at > statement_timestamp() - interval '30 seconds'))")
          + LOGIN_AND_ACCOUNT
          + " where l.revoked_at is null";
  private static final String END =
      """
      update login set revoked_at = clock_timestamp(), changed = pg_current_xact_id()
      where id = $1 and revoked_at is null
      """;
  private static final String CHECK =
      """
      with l as (
        select id as login_id, generation, account from login
        where id = any ($1) and revoked_at is null and expires_at > clock_timestamp()
      )
      """
          + LOGIN_AND_ACCOUNT;

  // by account_changed and login_revoked
  private static final String CHANGES =
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

  // by login_expires; a day later no token of it is valid, and no node has it cached
  private static final String DELETE_EXPIRED =
      """
      delete from login where id = any (array(
        select l.id from login l where l.expires_at < clock_timestamp() - interval '1 day'
        order by l.expires_at limit 1000))
      """;

  // signing_key has a few rows
  private static final String LOCK_KEYS = "select pg_advisory_xact_lock($1)";
  private static final String KEEP_FIRST_KEY =
      "insert into signing_key (kid, sealed) select $1, $2 where not exists (select from signing_key)";
  private static final String ALL_KEYS =
      "select kid, sealed from signing_key order by created_at desc, kid";

  private static final int MAX_BATCH = 500;
  private static final int MAX_WAITING = 20_000;
  private static final long KEYS_LOCK = 7_202_604;

  private final Database database;
  private final Credentials credentials;
  private final Batcher<UUID, Optional<Login>> checks =
      new Batcher<>(MAX_BATCH, MAX_WAITING, this::check);

  Logins(Database database, Credentials credentials) {
    this.database = database;
    this.credentials = credentials;
  }

  Future<SignIn> open(OpenLogin request) {
    return verifyAndOpen(request)
        .compose(
            opened ->
                opened.isPresent()
                    ? Future.succeededFuture(opened.get())
                    : verifyAndOpen(request).map(again -> again.orElseGet(WrongPassword::new)));
  }

  /**
   * Empty if the hash was replaced after the password was compared with it: by that of another
   * password, or by that of the same one at another cost.
   */
  private Future<Optional<SignIn>> verifyAndOpen(OpenLogin request) {
    Optional<ClientAddress> client = Optional.of(request.client());
    PasswordTurn turn = PasswordTurn.of(PasswordTurn.Purpose.SIGN_IN, client);
    return credentials
        .verify(request.name(), request.password(), client, turn)
        .compose(
            verdict ->
                switch (verdict) {
                  case Credentials.Right right -> open(right, request.expires());
                  case Credentials.Wrong wrong -> done(new WrongPassword());
                  case Credentials.Delayed delayed -> done(delayed.reason());
                });
  }

  private static Future<Optional<SignIn>> done(SignIn result) {
    return Future.succeededFuture(Optional.of(result));
  }

  private Future<Optional<SignIn>> open(Credentials.Right right, Instant expires) {
    Tuple parameters =
        Tuple.of(UUID.randomUUID(), right.account().id(), right.hash(), SqlTime.utc(expires));
    return database
        .write(OPEN, parameters)
        .map(Logins::maybe)
        .map(found -> found.login().map(SignedIn::new));
  }

  /**
   * The next generation of a login; empty if the login has ended. The generation before the current
   * one, within 30 s of the rotation, gets the current one once more: the reply was lost, for else
   * the client would have used the new token. Any other earlier generation ends the login, because
   * two clients use its refresh tokens.
   */
  Future<FoundLogin> rotate(RotateLogin request) {
    Tuple parameters = Tuple.of(request.id(), request.generation(), SqlTime.utc(request.expires()));
    return database.write(ROTATE, parameters).map(Logins::maybe);
  }

  Future<LoginEnded> end(EndLogin request) {
    return database
        .write(END, Tuple.of(request.id()))
        .map(rows -> new LoginEnded(rows.rowCount() > 0));
  }

  Future<FoundLogin> check(CheckLogin question) {
    return checks.ask(question.id()).map(FoundLogin::new);
  }

  private Future<List<Optional<Login>>> check(List<UUID> ids) {
    return database
        .read(CHECK, Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
        .map(
            rows -> {
              Map<UUID, Login> found = new HashMap<>();
              rows.forEach(row -> found.put(row.getUUID("login_id"), login(row)));
              return ids.stream().map(id -> Optional.ofNullable(found.get(id))).toList();
            });
  }

  /**
   * The changes that this snapshot sees and the cursor's did not: exact in whatever order
   * transactions commit and however long they stay open, and with a dump from another server.
   */
  Future<Changes> changes(ChangesSince since) {
    return database.urgentRead(CHANGES, Tuple.of(since.cursor().orElse(null))).map(Logins::changes);
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
   * All signing keys, newest first; the offered one is stored if there is none. Nodes that start at
   * once agree on one: the lock comes first, and a later statement looks with a fresh snapshot.
   */
  Future<SealedKeys> keys(SigningKeys offer) {
    Tuple offered = Tuple.of(offer.freshId(), Buffer.buffer(offer.freshSealed()));
    return database
        .transaction(
            connection ->
                connection
                    .preparedQuery(LOCK_KEYS)
                    .execute(Tuple.of(KEYS_LOCK))
                    .compose(locked -> connection.preparedQuery(KEEP_FIRST_KEY).execute(offered))
                    .compose(kept -> connection.preparedQuery(ALL_KEYS).execute()))
        .map(Logins::sealed);
  }

  private static SealedKeys sealed(RowSet<Row> rows) {
    return new SealedKeys(
        StreamSupport.stream(rows.spliterator(), false)
            .map(row -> new SealedKey(row.getString("kid"), row.getBuffer("sealed").getBytes()))
            .toList());
  }

  private static FoundLogin maybe(RowSet<Row> rows) {
    return new FoundLogin(
        StreamSupport.stream(rows.spliterator(), false).findFirst().map(Logins::login));
  }

  private static Login login(Row row) {
    return new Login(
        row.getUUID("login_id"), row.getInteger("generation"), AccountRows.account(row));
  }

  /** Deletes logins that have expired. */
  Future<Integer> sweep() {
    return database.write(DELETE_EXPIRED, Tuple.tuple()).map(rows -> rows.rowCount());
  }
}
