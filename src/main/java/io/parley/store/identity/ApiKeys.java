package io.parley.store.identity;

import io.parley.identity.ApiKey;
import io.parley.identity.IdentityVerbs.LoginEnded;
import io.parley.identity.KeyVerbs;
import io.parley.identity.KeyVerbs.CheckKey;
import io.parley.identity.KeyVerbs.CreateKey;
import io.parley.identity.KeyVerbs.EndKey;
import io.parley.identity.KeyVerbs.FindKeys;
import io.parley.identity.KeyVerbs.FoundKey;
import io.parley.identity.KeyVerbs.KeyCreated;
import io.parley.identity.KeyVerbs.KeyCreation;
import io.parley.identity.KeyVerbs.KeyReplayed;
import io.parley.identity.KeyVerbs.RequestKeyReused;
import io.parley.identity.RequestKind;
import io.parley.identity.Scope;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.AcceptedRequests.Replay;
import io.parley.store.db.Database;
import io.parley.store.db.ReusedKey;
import io.parley.store.db.SqlTime;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/** The API keys of programs: created, found, checked and ended. */
final class ApiKeys {
  static final String PARTY_AND_SCOPES =
      "p.id as key_id, p.kind as key_kind, p.handle as key_handle, p.name as key_name, k.scopes";
  private static final String COLUMNS = PARTY_AND_SCOPES + ", a.created_at";

  // by the primary key of api_key, in its order for lists, or by its unique hash
  private static final String VALID =
      "select "
          + COLUMNS
          + " from api_key k join account a on a.id = k.id join party p on p.id = k.id where k.ended_at is null ";

  // inserts only
  private static final String CREATE =
      """
      with n as materialized (
        select nextval(pg_get_serial_sequence('party', 'id')) as id
      ), p as (
        insert into party (id, kind, handle, name) select n.id, 'service', 'key:' || n.id, $1 from n
        returning id, kind, handle, name
      ), a as (
        insert into account (id, role, changed) select p.id, $2, '0' from p returning created_at
      ), k as (
        insert into api_key (id, hash, scopes) select p.id, $3, $4 from p returning scopes
      )
      select %s from p, a, k
      """
          .formatted(COLUMNS);

  // by the primary keys; the change of the account tells every node to forget the key
  private static final String END =
      """
      with k as (
        update api_key set ended_at = clock_timestamp() where id = $1 and ended_at is null returning id
      )
      update account a set role = 'user', changed = pg_current_xact_id() from k where a.id = k.id
      """;

  private final Database database;

  ApiKeys(Database database) {
    this.database = database;
  }

  static ApiKey key(Row row) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    Arrays.stream(row.getArrayOfStrings("scopes")).map(Scope::of).forEach(scopes::add);
    return new ApiKey(PartyRows.party(row, "key_"), scopes, SqlTime.instant(row, "created_at"));
  }

  Future<KeyCreation> create(CreateKey request) {
    return database
        .transaction(
            connection ->
                AcceptedRequests.once(
                    connection,
                    new Replay<KeyCreation>(
                        RequestKind.API_KEY, ApiKeys::id, id -> findAgain(connection, id)),
                    request.caller(),
                    request.request(),
                    () -> create(connection, request)))
        .recover(
            failure ->
                failure instanceof ReusedKey
                    ? Future.succeededFuture(new RequestKeyReused())
                    : Future.failedFuture(failure));
  }

  private static long id(KeyCreation made) {
    return made instanceof KeyCreated fresh ? fresh.key().party().id() : 0;
  }

  private static Future<KeyCreation> create(SqlConnection connection, CreateKey request) {
    Tuple parameters =
        Tuple.of(
            request.name(),
            ApiKey.role(request.scopes()).text(),
            Buffer.buffer(request.hash()),
            request.scopes().stream().map(Scope::text).toArray(String[]::new));
    return connection
        .preparedQuery(CREATE)
        .execute(parameters)
        .map(rows -> new KeyCreated(key(rows.iterator().next())));
  }

  private static Future<KeyCreation> findAgain(SqlConnection connection, long id) {
    return connection
        .preparedQuery(VALID + "and k.id = $1")
        .execute(Tuple.of(id))
        .map(rows -> new KeyReplayed(first(rows)));
  }

  private static Optional<ApiKey> first(RowSet<Row> rows) {
    return StreamSupport.stream(rows.spliterator(), false).findFirst().map(ApiKeys::key);
  }

  Future<KeyVerbs.Keys> find(FindKeys question) {
    String sql = VALID + "and ($1::bigint is null or k.id < $1) order by k.id desc limit $2";
    Long before = question.before().isPresent() ? question.before().getAsLong() : null;
    return database
        .read(sql, Tuple.of(before, question.limit() + 1))
        .map(
            rows -> {
              List<ApiKey> keys = new ArrayList<>();
              rows.forEach(row -> keys.add(key(row)));
              boolean more = keys.size() > question.limit();
              return new KeyVerbs.Keys(
                  more ? List.copyOf(keys.subList(0, question.limit())) : keys, more);
            });
  }

  Future<FoundKey> check(CheckKey question) {
    return database
        .read(VALID + "and k.hash = $1", Tuple.of(Buffer.buffer(question.hash())))
        .map(rows -> new FoundKey(first(rows)));
  }

  Future<LoginEnded> end(EndKey request) {
    return database
        .write(END, Tuple.of(request.id()))
        .map(rows -> new LoginEnded(rows.rowCount() > 0));
  }
}
