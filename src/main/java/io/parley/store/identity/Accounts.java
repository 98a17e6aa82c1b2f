package io.parley.store.identity;

import io.parley.identity.Account;
import io.parley.identity.ClientAddress;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.FindNamedUsers;
import io.parley.identity.IdentityVerbs.FindUser;
import io.parley.identity.IdentityVerbs.FindUsers;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.identity.IdentityVerbs.NamedUsers;
import io.parley.identity.IdentityVerbs.UpdateUser;
import io.parley.identity.IdentityVerbs.Updated;
import io.parley.identity.IdentityVerbs.UserUpdate;
import io.parley.identity.IdentityVerbs.Users;
import io.parley.identity.IdentityVerbs.WrongPassword;
import io.parley.identity.PartyKind;
import io.parley.identity.Ref;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The accounts of users: found, updated, and created if they have to exist. */
final class Accounts {
  // in the order of party_user or party_user_kind; accounts by their primary key
  private static final String PAGE =
      """
      select %s
      from (
        select p.* from party p where p.id <> $1 and p.kind in %s%s order by p.handle collate "C" limit $2 offset 0
      ) p
      cross join lateral (select a.* from account a where a.id = p.id offset 0) a
      order by p.handle collate "C"
      """;

  // by party_user_kind, party_grams and account_grams; the rest by primary keys
  private static final String SEARCH =
      """
      select %s
      from search_users($1, $2, $3, $4, $5, $6) f
      cross join lateral (select p.* from party p where p.id = f.id offset 0) p
      cross join lateral (select a.* from account a where a.id = p.id offset 0) a
      order by f.place, case when f.place = 0 then p.handle end collate "C", p.id
      """
          .formatted(AccountRows.COLUMNS);

  // by the primary key of party, or by party_handle
  private static final String FIND =
      "select %s from account a join party p using (id) where p.kind <> 'service' and "
          .formatted(AccountRows.COLUMNS);

  // by the primary keys of party and account, and by party_handle
  private static final String FIND_NAMED =
      """
      select %s
      from (
        select n.place, n.id from unnest($1::integer[], $2::bigint[]) n (place, id)
        union all
        select n.place, (select p.id from party p where p.handle = n.handle)
        from unnest($3::integer[], $4::text[]) n (place, handle)
      ) n
      cross join lateral (
        select p.* from party p where p.id = n.id and p.kind in %s offset 0
      ) p
      cross join lateral (select a.* from account a where a.id = p.id offset 0) a
      order by n.place
      """
          .formatted(AccountRows.COLUMNS, PartyRows.USER_KINDS);

  // each by the primary key of account or party
  private static final String UPDATE_ACCOUNT =
      """
      update account set password_hash = coalesce($3, password_hash), changed = pg_current_xact_id()
      where id = $1 and ($2::text is null or password_hash = $2)
      """;
  private static final String UPDATE_PARTY =
      "update party set name = coalesce($2, name) where id = $1";
  private static final String FIND_UPDATED =
      "select %s from account a join party p using (id) where p.id = $1"
          .formatted(AccountRows.COLUMNS);

  // by login_account
  private static final String END_OTHER_LOGINS =
      """
      update login set revoked_at = clock_timestamp(), changed = pg_current_xact_id()
      where account = $1 and revoked_at is null and $2::text is not null and id is distinct from $3
      """;

  // by party_handle
  private static final String INSERT_MISSING =
      """
      with p as (
        insert into party (kind, handle, name) values ('person', $1, $2) on conflict do nothing returning id
      )
      insert into account (id, email, password_hash, role, changed) select id, $3, $4, $5, '0' from p
      """;

  private static final PasswordTurn AT_START =
      PasswordTurn.of(PasswordTurn.Purpose.CHANGE, Optional.empty());

  private final Database database;
  private final PasswordHashing passwords;
  private final Credentials credentials;

  Accounts(Database database, PasswordHashing passwords, Credentials credentials) {
    this.database = database;
    this.passwords = passwords;
    this.credentials = credentials;
  }

  Future<Users> find(FindUsers question) {
    Future<RowSet<Row>> rows = question.search().isPresent() ? search(question) : list(question);
    return rows.map(found -> page(found, question.limit()));
  }

  private Future<RowSet<Row>> search(FindUsers question) {
    Tuple parameters =
        Tuple.of(
            question.except(),
            question.search().get(),
            question.emails(),
            question.kind().map(PartyKind::text).orElse(null),
            question.after().orElse(null),
            question.limit() + 1);
    return database.heavyRead(SEARCH, parameters);
  }

  private Future<RowSet<Row>> list(FindUsers question) {
    Tuple parameters = Tuple.of(question.except(), (long) question.limit() + 1);
    StringBuilder conditions = new StringBuilder();
    if (question.kind().isPresent()) {
      parameters.addString(question.kind().get().text());
      conditions.append(" and p.kind = $").append(parameters.size());
    }
    if (question.after().isPresent()) {
      parameters.addString(question.after().get());
      conditions.append(" and p.handle collate \"C\" > $").append(parameters.size());
    }
    String sql = PAGE.formatted(AccountRows.COLUMNS, PartyRows.USER_KINDS, conditions);
    return database.read(sql, parameters);
  }

  private static Users page(RowSet<Row> rows, int limit) {
    List<Account> accounts = new ArrayList<>();
    rows.forEach(row -> accounts.add(AccountRows.account(row)));
    boolean more = accounts.size() > limit;
    return new Users(more ? List.copyOf(accounts.subList(0, limit)) : accounts, more);
  }

  Future<FoundUser> find(FindUser question) {
    Ref ref = Ref.of(question.ref());
    Object key =
        ref.isId()
            ? (Object) ref.id().getAsLong()
            : ref.name().orElseThrow().toLowerCase(Locale.ROOT);
    return database
        .read(FIND + (ref.isId() ? "p.id = $1" : "p.handle = $1"), Tuple.of(key))
        .map(AccountRows::first);
  }

  Future<NamedUsers> find(FindNamedUsers question) {
    List<Integer> idPlaces = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    List<Integer> handlePlaces = new ArrayList<>();
    List<String> handles = new ArrayList<>();
    for (int place = 0; place < question.refs().size(); place++) {
      Ref ref = Ref.of(question.refs().get(place));
      if (ref.isId()) {
        idPlaces.add(place);
        ids.add(ref.id().getAsLong());
      } else {
        handlePlaces.add(place);
        handles.add(ref.name().orElseThrow().toLowerCase(Locale.ROOT));
      }
    }
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfInteger(idPlaces.toArray(Integer[]::new))
            .addArrayOfLong(ids.toArray(Long[]::new))
            .addArrayOfInteger(handlePlaces.toArray(Integer[]::new))
            .addArrayOfString(handles.toArray(String[]::new));
    return database.read(FIND_NAMED, parameters).map(Accounts::namedOnce);
  }

  private static NamedUsers namedOnce(RowSet<Row> rows) {
    Map<Long, Account> accounts = new LinkedHashMap<>();
    for (Row row : rows) {
      Account account = AccountRows.account(row);
      accounts.putIfAbsent(account.id(), account);
    }
    return new NamedUsers(List.copyOf(accounts.values()));
  }

  /** Changes an account; a password only if the current one is right. */
  Future<UserUpdate> update(UpdateUser request) {
    if (request.password().isEmpty()) {
      return database
          .transaction(connection -> save(connection, request, null, null))
          .map(Accounts::updated);
    }
    Optional<ClientAddress> client = Optional.of(request.client());
    PasswordTurn turn = PasswordTurn.of(PasswordTurn.Purpose.CHANGE, client);
    return credentials
        .verify(request.id(), request.currentPassword().orElseThrow(), client, turn)
        .compose(
            verdict ->
                switch (verdict) {
                  case Credentials.Right right -> replacePassword(request, turn, right.hash());
                  case Credentials.Wrong wrong -> Future.succeededFuture(new WrongPassword());
                  case Credentials.Delayed delayed -> Future.succeededFuture(delayed.reason());
                });
  }

  private Future<UserUpdate> replacePassword(
      UpdateUser request, PasswordTurn turn, String oldHash) {
    return passwords
        .hash(turn, request.password().orElseThrow())
        .compose(
            hash -> database.transaction(connection -> save(connection, request, oldHash, hash)))
        .map(Accounts::updated);
  }

  private static UserUpdate updated(FoundUser found) {
    return found.account().<UserUpdate>map(Updated::new).orElseGet(WrongPassword::new);
  }

  // the account is updated first: if another request has replaced the hash that was checked,
  // nothing happens
  private static Future<FoundUser> save(
      SqlConnection connection,
      UpdateUser request,
      @Nullable String oldHash,
      @Nullable String hash) {
    return connection
        .preparedQuery(UPDATE_ACCOUNT)
        .execute(Tuple.of(request.id(), oldHash, hash))
        .compose(
            updated ->
                updated.rowCount() == 0
                    ? Future.succeededFuture(new FoundUser(Optional.empty()))
                    : saveRest(connection, request, hash));
  }

  private static Future<FoundUser> saveRest(
      SqlConnection connection, UpdateUser request, @Nullable String hash) {
    Tuple party = Tuple.of(request.id(), request.name().orElse(null));
    Tuple logins = Tuple.of(request.id(), hash, request.keep().orElse(null));
    return connection
        .preparedQuery(UPDATE_PARTY)
        .execute(party)
        .compose(updated -> connection.preparedQuery(END_OTHER_LOGINS).execute(logins))
        .compose(ended -> connection.preparedQuery(FIND_UPDATED).execute(Tuple.of(request.id())))
        .map(AccountRows::first);
  }

  /** The account of that username, created if there is none. */
  Future<FoundUser> ensure(EnsureAccount request) {
    return find(new FindUser(request.username()))
        .compose(
            found -> found.account().isPresent() ? Future.succeededFuture(found) : create(request));
  }

  private Future<FoundUser> create(EnsureAccount request) {
    return hash(request.password())
        .compose(
            hash ->
                database.write(
                    INSERT_MISSING,
                    Tuple.of(
                        request.username(),
                        request.name(),
                        request.email(),
                        hash.orElse(null),
                        request.role().text())))
        .recover(failure -> explain(request, failure))
        .compose(created -> find(new FindUser(request.username())));
  }

  private Future<Optional<String>> hash(Optional<String> password) {
    return password.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : passwords.hash(AT_START, password.get()).map(Optional::of);
  }

  private static Future<RowSet<Row>> explain(EnsureAccount request, Throwable failure) {
    return Future.failedFuture(
        SqlErrors.isUniqueViolation(failure)
            ? new IllegalStateException(
                "cannot create the account %s: another account has the email address %s"
                    .formatted(request.username(), request.email()))
            : failure);
  }
}
