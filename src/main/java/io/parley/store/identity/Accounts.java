package io.parley.store.identity;

import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs.CheckPassword;
import io.parley.identity.IdentityVerbs.CreateUser;
import io.parley.identity.IdentityVerbs.Created;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.FindUser;
import io.parley.identity.IdentityVerbs.FindUsers;
import io.parley.identity.IdentityVerbs.MaybeUser;
import io.parley.identity.IdentityVerbs.Taken;
import io.parley.identity.IdentityVerbs.UpdateUser;
import io.parley.identity.IdentityVerbs.Users;
import io.parley.identity.IdentityVerbs.Welcome;
import io.parley.identity.Mailbox;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.parley.identity.Usernames;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The parties who can sign in. */
public final class Accounts {
  private static final int SUGGESTIONS = 30;
  static final String COLUMNS = "p.id, p.kind, p.handle, p.name, a.email, a.role, a.created_at";

  private final Database database;
  private final PasswordHashing passwords;
  private final RandomGenerator random;

  public Accounts(Database database, PasswordHashing passwords, RandomGenerator random) {
    this.database = database;
    this.passwords = passwords;
    this.random = random;
  }

  static Account account(Row row) {
    Party party =
        new Party(
            row.getLong("id"),
            PartyKind.of(row.getString("kind")),
            row.getString("name"),
            row.getString("handle"));
    OffsetDateTime created = row.getOffsetDateTime("created_at");
    return new Account(
        party, row.getString("email"), Role.of(row.getString("role")), created.toInstant());
  }

  public Future<Created> create(CreateUser user) {
    String email = Mailbox.normalised(user.email());
    return passwords
        .inTurn(() -> prepared(user, email))
        .compose(
            prepared ->
                prepared.taken().isPresent()
                    ? Future.succeededFuture(prepared.taken().get())
                    : insert(user, email, prepared.hash()));
  }

  /** What a sign-up has when its turn to hash is over: a hash, unless it was in vain. */
  private record Prepared(Optional<Taken> taken, String hash) {
    @Override
    public String toString() {
      return "Prepared[" + taken + "]";
    }
  }

  // a crowd after one name waits for one hash or two, not for a hundred; the unique index decides
  private Future<Prepared> prepared(CreateUser user, String email) {
    String sql =
        """
        select exists (select from party where handle = $1) as username,
               exists (select from account where lower(email) = lower($2)) as email
        """;
    return database
        .read(sql, Tuple.of(user.username().orElse(null), email))
        .map(rows -> taken(rows.iterator().next()))
        .compose(
            taken ->
                taken.isPresent()
                    ? Future.succeededFuture(new Prepared(taken, ""))
                    : passwords.hashNow(user.password()).map(hash -> new Prepared(taken, hash)));
  }

  private static Optional<Taken> taken(Row row) {
    return row.getBoolean("username")
        ? Optional.of(new Taken("username"))
        : row.getBoolean("email") ? Optional.of(new Taken("email")) : Optional.empty();
  }

  private Future<Created> insert(CreateUser user, String email, String hash) {
    return user.username().isPresent()
        ? insert(user, email, user.username().get(), hash)
        : insertSuggested(user, email, hash);
  }

  private Future<Created> insertSuggested(CreateUser user, String email, String hash) {
    String base = Usernames.suggestedBy(email);
    return insert(user, email, base, hash)
        .compose(
            created ->
                created instanceof Taken taken && taken.field().equals("username")
                    ? namesakes(base)
                        .compose(count -> insertNumbered(user, email, base, hash, count + 1, 1))
                    : Future.succeededFuture(created));
  }

  private Future<Created> insertNumbered(
      CreateUser user, String email, String base, String hash, long number, int attempt) {
    return insert(user, email, base + number, hash)
        .compose(
            created ->
                created instanceof Taken taken
                        && taken.field().equals("username")
                        && attempt < SUGGESTIONS
                    ? insertNumbered(
                        user,
                        email,
                        base,
                        hash,
                        number + 1 + random.nextInt(attempt * attempt),
                        attempt + 1)
                    : Future.succeededFuture(created));
  }

  private Future<Long> namesakes(String base) {
    String sql = "select count(*) from party where handle like $1 || '%'";
    return database.read(sql, Tuple.of(base)).map(rows -> rows.iterator().next().getLong(0));
  }

  private Future<Created> insert(CreateUser user, String email, String username, String hash) {
    String sql =
        """
        with p as (
          insert into party (kind, handle, name) values ($1, $2, $3) returning id, kind, handle, name
        ), a as (
          insert into account (id, email, password_hash, role, changed)
          select id, $4, $5, 'user', '0' from p returning email, role, created_at
        )
        select %s from p, a
        """
            .formatted(COLUMNS);
    return database
        .write(sql, Tuple.of(user.kind().text(), username, user.name(), email, hash))
        .<Created>map(rows -> new Welcome(account(rows.iterator().next())))
        .recover(Accounts::taken);
  }

  private static Future<Created> taken(Throwable failure) {
    return SqlErrors.isUniqueViolation(failure)
        ? Future.succeededFuture(
            new Taken(SqlErrors.constraint(failure).equals("account_email") ? "email" : "username"))
        : Future.failedFuture(failure);
  }

  public Future<Users> find(FindUsers question) {
    String sql =
        """
        select %s from account a join party p using (id)
        where p.id <> $1 and p.kind <> 'service'
          and ($2::text is null or lower(p.name) like lower($2) or p.handle like lower($2) or lower(a.email) like lower($2))
          and ($3::text is null or p.kind = $3)
          and ($4::text is null or p.handle > $4)
        order by p.handle
        limit $5
        """
            .formatted(COLUMNS);
    Tuple parameters =
        Tuple.of(
            question.except(),
            question.search().map(Accounts::contains).orElse(null),
            question.kind().map(PartyKind::text).orElse(null),
            question.after().orElse(null),
            question.limit() + 1);
    return database.read(sql, parameters).map(rows -> page(rows, question.limit()));
  }

  private static Users page(RowSet<Row> rows, int limit) {
    List<Account> accounts = new ArrayList<>();
    rows.forEach(row -> accounts.add(account(row)));
    boolean more = accounts.size() > limit;
    return new Users(more ? List.copyOf(accounts.subList(0, limit)) : accounts, more);
  }

  private static String contains(String search) {
    return "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
  }

  public Future<MaybeUser> find(FindUser question) {
    boolean byId = Usernames.isDigits(question.ref());
    if (byId && question.ref().length() > 18) {
      return Future.succeededFuture(new MaybeUser(Optional.empty()));
    }
    String sql =
        "select %s from account a join party p using (id) where p.kind <> 'service' and "
                .formatted(COLUMNS)
            + (byId ? "p.id = $1" : "p.handle = $1");
    Object key =
        byId ? (Object) Long.valueOf(question.ref()) : question.ref().toLowerCase(Locale.ROOT);
    return database.read(sql, Tuple.of(key)).map(Accounts::maybe);
  }

  private static MaybeUser maybe(RowSet<Row> rows) {
    return new MaybeUser(
        StreamSupport.stream(rows.spliterator(), false).findFirst().map(Accounts::account));
  }

  public Future<MaybeUser> check(CheckPassword question) {
    return proven(question.name(), question.password())
        .map(proven -> new MaybeUser(proven.map(Proven::account)));
  }

  /** An account, and the hash by which its password was right. */
  record Proven(Account account, String hash) {
    @Override
    public String toString() {
      return "Proven[" + account.id() + "]";
    }
  }

  /**
   * Whose name and password these are. The database lower-cases, because its index did: no two
   * alphabets agree on how.
   */
  Future<Optional<Proven>> proven(String name, String password) {
    String sql =
        """
        select %s, a.password_hash from account a join party p using (id)
        where p.handle = lower($1) or lower(a.email) = lower($1)
        order by p.handle = lower($1) desc limit 1
        """
            .formatted(COLUMNS);
    return database.read(sql, Tuple.of(name)).compose(rows -> proven(rows, password));
  }

  private Future<Optional<Proven>> proven(RowSet<Row> rows, String password) {
    Row row = rows.size() == 0 ? null : rows.iterator().next();
    String hash = row == null ? null : row.getString("password_hash");
    if (row == null || hash == null) {
      return passwords.checkNobody(password).map(no -> Optional.empty());
    }
    return passwords
        .check(password, hash)
        .map(right -> right ? Optional.of(new Proven(account(row), hash)) : Optional.empty());
  }

  /** Empty when the current password was not the current one. */
  public Future<MaybeUser> update(UpdateUser change) {
    if (change.password().isEmpty()) {
      return database.transaction(connection -> save(connection, change, null, null));
    }
    String sql = "select password_hash from account where id = $1";
    return database
        .read(sql, Tuple.of(change.id()))
        .map(rows -> Optional.ofNullable(rows.iterator().next().getString(0)))
        .compose(
            old ->
                rightPassword(old, change.currentPassword())
                    .compose(
                        right ->
                            right
                                ? replace(change, old.orElseThrow())
                                : Future.succeededFuture(new MaybeUser(Optional.empty()))));
  }

  private Future<MaybeUser> replace(UpdateUser change, String old) {
    return passwords
        .hash(change.password().orElseThrow())
        .compose(hash -> database.transaction(connection -> save(connection, change, old, hash)));
  }

  private Future<Boolean> rightPassword(Optional<String> hash, Optional<String> said) {
    return hash.isEmpty() || said.isEmpty()
        ? Future.succeededFuture(false)
        : passwords.check(said.get(), hash.get());
  }

  // the account comes first: whoever finds another hash than was checked is too late, and does
  // nothing
  private static Future<MaybeUser> save(
      SqlConnection connection, UpdateUser change, @Nullable String old, @Nullable String hash) {
    String account =
        """
        update account set password_hash = coalesce($3, password_hash), changed = pg_current_xact_id()
        where id = $1 and ($2::text is null or password_hash = $2)
        """;
    return connection
        .preparedQuery(account)
        .execute(Tuple.of(change.id(), old, hash))
        .compose(
            done ->
                done.rowCount() == 0
                    ? Future.succeededFuture(new MaybeUser(Optional.empty()))
                    : saveRest(connection, change, hash));
  }

  private static Future<MaybeUser> saveRest(
      SqlConnection connection, UpdateUser change, @Nullable String hash) {
    String party = "update party set name = coalesce($2, name) where id = $1";
    String logins =
        """
        update login set revoked_at = clock_timestamp(), changed = pg_current_xact_id()
        where account = $1 and revoked_at is null and $2::text is not null and id is distinct from $3
        """;
    String answer =
        "select %s from account a join party p using (id) where p.id = $1".formatted(COLUMNS);
    return connection
        .preparedQuery(party)
        .execute(Tuple.of(change.id(), change.name().orElse(null)))
        .compose(
            done ->
                connection
                    .preparedQuery(logins)
                    .execute(Tuple.of(change.id(), hash, change.keep().orElse(null))))
        .compose(done -> connection.preparedQuery(answer).execute(Tuple.of(change.id())))
        .map(Accounts::maybe);
  }

  /** The account of that username, made now if there is none. */
  public Future<MaybeUser> ensure(EnsureAccount wanted) {
    return find(new FindUser(wanted.username()))
        .compose(
            found -> found.account().isPresent() ? Future.succeededFuture(found) : make(wanted));
  }

  private Future<MaybeUser> make(EnsureAccount wanted) {
    String sql =
        """
        with p as (
          insert into party (kind, handle, name) values ('person', $1, $2) on conflict do nothing returning id
        )
        insert into account (id, email, password_hash, role, changed) select id, $3, $4, $5, '0' from p
        """;
    Future<Optional<String>> hash =
        wanted.password().isPresent()
            ? passwords.hash(wanted.password().get()).map(Optional::of)
            : Future.succeededFuture(Optional.empty());
    return hash.compose(
            made ->
                database.write(
                    sql,
                    Tuple.of(
                        wanted.username(),
                        wanted.name(),
                        wanted.email(),
                        made.orElse(null),
                        wanted.role().text())))
        .recover(failure -> impossible(wanted, failure))
        .compose(done -> find(new FindUser(wanted.username())));
  }

  private static Future<RowSet<Row>> impossible(EnsureAccount wanted, Throwable failure) {
    return Future.failedFuture(
        SqlErrors.isUniqueViolation(failure)
            ? new IllegalStateException(
                "the account %s cannot be made: %s belongs to another"
                    .formatted(wanted.username(), wanted.email()))
            : failure);
  }
}
