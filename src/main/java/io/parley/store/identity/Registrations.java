package io.parley.store.identity;

import io.parley.identity.IdentityVerbs.CreateUser;
import io.parley.identity.IdentityVerbs.FieldTaken;
import io.parley.identity.IdentityVerbs.Registered;
import io.parley.identity.IdentityVerbs.Registration;
import io.parley.identity.Mailbox;
import io.parley.identity.Usernames;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Creates accounts for users who sign up. The unique indexes decide who gets a username or an email
 * address; without a username one is derived from the email address and numbered.
 */
final class Registrations {
  private static final int MAX_SUGGESTIONS = 30;

  // by party_handle
  private static final String IS_TAKEN = "select exists (select from party where handle = $1)";

  // by party_user, a range of it
  private static final String COUNT_NAMESAKES =
      """
      select count(*) from party
      where kind in %s and handle collate "C" >= $1 and handle collate "C" < $1 || chr(1114111)
      """
          .formatted(PartyRows.USER_KINDS);

  // inserts only
  private static final String INSERT =
      """
      with p as (
        insert into party (kind, handle, name) values ($1, $2, $3) returning id, kind, handle, name
      ), a as (
        insert into account (id, email, password_hash, role, changed)
        select id, $4, $5, 'user', '0' from p returning email, role, created_at
      )
      select %s from p, a
      """
          .formatted(AccountRows.COLUMNS);

  private final Database database;
  private final PasswordHashing passwords;
  private final PasswordAttempts attempts;
  private final RandomGenerator random;

  Registrations(
      Database database,
      PasswordHashing passwords,
      PasswordAttempts attempts,
      RandomGenerator random) {
    this.database = database;
    this.passwords = passwords;
    this.attempts = attempts;
    this.random = random;
  }

  Future<Registration> create(CreateUser user) {
    return attempts
        .signUp(user.client())
        .compose(
            tooMany ->
                tooMany.isPresent()
                    ? Future.succeededFuture(tooMany.get())
                    : hashAndInsert(user, Mailbox.normalised(user.email())));
  }

  private Future<Registration> hashAndInsert(CreateUser user, String email) {
    PasswordTurn turn = PasswordTurn.of(PasswordTurn.Purpose.SIGN_UP, user.client());
    return passwords
        .enter(turn, () -> hashUnlessTaken(user))
        .compose(
            hash ->
                hash.isPresent()
                    ? insert(user, email, hash.get())
                    : Future.succeededFuture(new FieldTaken("username")));
  }

  // empty if the username is taken, which is checked when it is this sign-up's turn to hash: of a
  // hundred concurrent sign-ups for one name, all but one or two are refused without hashing. Who
  // has which email address is private: whether one is taken takes as long to learn as to sign up
  private Future<Optional<String>> hashUnlessTaken(CreateUser user) {
    return isTaken(user.username())
        .compose(
            taken ->
                taken
                    ? Future.succeededFuture(Optional.empty())
                    : passwords.hashWithinTurn(user.password()).map(Optional::of));
  }

  private Future<Boolean> isTaken(Optional<String> username) {
    return username.isEmpty()
        ? Future.succeededFuture(false)
        : database
            .read(IS_TAKEN, Tuple.of(username.get()))
            .map(rows -> rows.iterator().next().getBoolean(0));
  }

  private Future<Registration> insert(CreateUser user, String email, String hash) {
    return user.username().isPresent()
        ? insert(user, email, user.username().get(), hash)
        : insertSuggested(user, email, hash);
  }

  private Future<Registration> insertSuggested(CreateUser user, String email, String hash) {
    String base = Usernames.suggestedBy(email);
    return insert(user, email, base, hash)
        .compose(
            created ->
                isUsernameTaken(created)
                    ? countNamesakes(base)
                        .compose(count -> insertNumbered(user, email, base, hash, count + 1, 1))
                    : Future.succeededFuture(created));
  }

  private Future<Registration> insertNumbered(
      CreateUser user, String email, String base, String hash, long number, int attempt) {
    return insert(user, email, base + number, hash)
        .compose(
            created -> {
              if (!isUsernameTaken(created) || attempt >= MAX_SUGGESTIONS) {
                return Future.succeededFuture(created);
              }
              long next = number + 1 + random.nextInt(attempt * attempt);
              return insertNumbered(user, email, base, hash, next, attempt + 1);
            });
  }

  private static boolean isUsernameTaken(Registration created) {
    return created instanceof FieldTaken taken && taken.field().equals("username");
  }

  private Future<Long> countNamesakes(String base) {
    return database
        .read(COUNT_NAMESAKES, Tuple.of(base))
        .map(rows -> rows.iterator().next().getLong(0));
  }

  private Future<Registration> insert(CreateUser user, String email, String username, String hash) {
    return database
        .write(INSERT, Tuple.of(user.kind().text(), username, user.name(), email, hash))
        .<Registration>map(rows -> new Registered(AccountRows.account(rows.iterator().next())))
        .recover(Registrations::taken);
  }

  private static Future<Registration> taken(Throwable failure) {
    if (!SqlErrors.isUniqueViolation(failure)) {
      return Future.failedFuture(failure);
    }
    boolean email = SqlErrors.constraint(failure).equals("account_email");
    return Future.succeededFuture(new FieldTaken(email ? "email" : "username"));
  }
}
