package io.parley.store.identity;

import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.FindUser;
import io.parley.identity.IdentityVerbs.FindUsers;
import io.parley.identity.IdentityVerbs.FoundUser;
import io.parley.identity.IdentityVerbs.UpdateUser;
import io.parley.identity.IdentityVerbs.Users;
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
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The accounts of users: found, updated, and created if they have to exist. */
final class Accounts {
  // in the order of party_handle; a search scans it
  private static final String SEARCH =
      """
      select %s from account a join party p using (id)
      where p.id <> $1 and p.kind <> 'service'
        and ($2::text is null or lower(p.name) like lower($2) or p.handle like lower($2) or lower(a.email) like lower($2))
        and ($3::text is null or p.kind = $3)
        and ($4::text is null or p.handle > $4)
      order by p.handle
      limit $5
      """
          .formatted(AccountRows.COLUMNS);

  // by the primary key of party, or by party_handle
  private static final String FIND =
      "select %s from account a join party p using (id) where p.kind <> 'service' and "
          .formatted(AccountRows.COLUMNS);

  // each by the primary key of account or party
  private static final String FIND_HASH = "select password_hash from account where id = $1";
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

  private final Database database;
  private final PasswordHashing passwords;

  Accounts(Database database, PasswordHashing passwords) {
    this.database = database;
    this.passwords = passwords;
  }

  Future<Users> find(FindUsers question) {
    Tuple parameters =
        Tuple.of(
            question.except(),
            question.search().map(Accounts::contains).orElse(null),
            question.kind().map(PartyKind::text).orElse(null),
            question.after().orElse(null),
            question.limit() + 1);
    Future<RowSet<Row>> found =
        question.search().isPresent() || question.kind().isPresent()
            ? database.heavyRead(SEARCH, parameters)
            : database.read(SEARCH, parameters);
    return found.map(rows -> page(rows, question.limit()));
  }

  private static Users page(RowSet<Row> rows, int limit) {
    List<Account> accounts = new ArrayList<>();
    rows.forEach(row -> accounts.add(AccountRows.account(row)));
    boolean more = accounts.size() > limit;
    return new Users(more ? List.copyOf(accounts.subList(0, limit)) : accounts, more);
  }

  private static String contains(String search) {
    return "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
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

  /** Empty if the current password is wrong. */
  Future<FoundUser> update(UpdateUser request) {
    if (request.password().isEmpty()) {
      return database.transaction(connection -> save(connection, request, null, null));
    }
    return database
        .read(FIND_HASH, Tuple.of(request.id()))
        .map(rows -> Optional.ofNullable(rows.iterator().next().getString(0)))
        .compose(
            hash ->
                isCurrentPassword(hash, request.currentPassword())
                    .compose(
                        right ->
                            right
                                ? replacePassword(request, hash.orElseThrow())
                                : Future.succeededFuture(new FoundUser(Optional.empty()))));
  }

  private Future<Boolean> isCurrentPassword(Optional<String> hash, Optional<String> password) {
    return hash.isEmpty() || password.isEmpty()
        ? Future.succeededFuture(false)
        : passwords.check(password.get(), hash.get());
  }

  private Future<FoundUser> replacePassword(UpdateUser request, String oldHash) {
    return passwords
        .hash(request.password().orElseThrow())
        .compose(
            hash -> database.transaction(connection -> save(connection, request, oldHash, hash)));
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
        : passwords.hash(password.get()).map(Optional::of);
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
