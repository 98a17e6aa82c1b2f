package io.parley.store.identity;

import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.identity.ApiKey;
import io.parley.identity.IdentityVerbs.Ended;
import io.parley.identity.KeyVerbs;
import io.parley.identity.KeyVerbs.Again;
import io.parley.identity.KeyVerbs.CheckKey;
import io.parley.identity.KeyVerbs.CreateKey;
import io.parley.identity.KeyVerbs.EndKey;
import io.parley.identity.KeyVerbs.FindKeys;
import io.parley.identity.KeyVerbs.Fresh;
import io.parley.identity.KeyVerbs.Made;
import io.parley.identity.KeyVerbs.MaybeKey;
import io.parley.identity.KeyVerbs.Reused;
import io.parley.identity.Scope;
import io.parley.store.conversation.Groups;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.store.timeline.TimelineRows;
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

/** The keys that programs act by. */
public final class ApiKeys {
  static final String PARTY_AND_SCOPES =
      "p.id as key_id, p.kind as key_kind, p.handle as key_handle, p.name as key_name, k.scopes";
  private static final String COLUMNS = PARTY_AND_SCOPES + ", a.created_at";
  private static final String ALL =
      "select "
          + COLUMNS
          + " from api_key k join account a on a.id = k.id join party p on p.id = k.id where k.ended_at is null ";
  private static final int LEAVING = 50;

  private final Database database;

  public ApiKeys(Database database) {
    this.database = database;
  }

  static ApiKey key(Row row) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    Arrays.stream(row.getArrayOfStrings("scopes")).map(Scope::of).forEach(scopes::add);
    return new ApiKey(
        TimelineRows.party(row, "key_"), scopes, TimelineRows.instant(row, "created_at"));
  }

  public Future<Made> create(CreateKey wanted) {
    return database
        .transaction(
            connection -> {
              AcceptedRequests.Kind<Made> kind =
                  new AcceptedRequests.Kind<>(
                      "createKey", ApiKeys::number, id -> again(connection, id));
              return AcceptedRequests.once(
                  connection,
                  kind,
                  wanted.caller(),
                  wanted.request(),
                  () -> created(connection, wanted));
            })
        .recover(
            failure ->
                failure instanceof RefusedTransaction
                    ? Future.succeededFuture(new Reused())
                    : Future.failedFuture(failure));
  }

  private static long number(Made made) {
    return made instanceof Fresh fresh ? fresh.key().party().id() : 0;
  }

  private static Future<Made> created(SqlConnection connection, CreateKey wanted) {
    String sql =
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
    Tuple parameters =
        Tuple.of(
            wanted.name(),
            ApiKey.role(wanted.scopes()).text(),
            Buffer.buffer(wanted.hash()),
            wanted.scopes().stream().map(Scope::text).toArray(String[]::new));
    return connection
        .preparedQuery(sql)
        .execute(parameters)
        .map(rows -> new Fresh(key(rows.iterator().next())));
  }

  private static Future<Made> again(SqlConnection connection, long id) {
    return connection
        .preparedQuery(ALL + "and k.id = $1")
        .execute(Tuple.of(id))
        .map(rows -> new Again(first(rows)));
  }

  private static Optional<ApiKey> first(RowSet<Row> rows) {
    return StreamSupport.stream(rows.spliterator(), false).findFirst().map(ApiKeys::key);
  }

  public Future<KeyVerbs.Keys> find(FindKeys question) {
    String sql = ALL + "and ($1::bigint is null or k.id < $1) order by k.id desc limit $2";
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

  public Future<MaybeKey> check(CheckKey question) {
    return database
        .read(ALL + "and k.hash = $1", Tuple.of(Buffer.buffer(question.hash())))
        .map(rows -> new MaybeKey(first(rows)));
  }

  // the account changes, so every node hears of it as of any other
  public Future<Ended> end(EndKey wanted) {
    String sql =
        """
        with k as (
          update api_key set ended_at = clock_timestamp() where id = $1 and ended_at is null returning id
        )
        update account a set role = 'user', changed = pg_current_xact_id() from k where a.id = k.id
        """;
    return database.write(sql, Tuple.of(wanted.id())).map(rows -> new Ended(rows.rowCount() > 0));
  }

  /** Keys that have ended leave their groups, whose ownership passes on as when anybody leaves. */
  public Future<Integer> leave(Groups groups) {
    String sql =
        """
        select m.conversation, p.id as key_id, p.kind as key_kind, p.handle as key_handle, p.name as key_name
        from api_key k join member m on m.party = k.id join party p on p.id = k.id
        where k.ended_at is not null limit %d
        """
            .formatted(LEAVING);
    return database
        .read(sql, Tuple.tuple())
        .compose(
            rows -> {
              Future<?> last = Future.succeededFuture();
              for (Row row : rows) {
                UpdateGroup leaving =
                    new UpdateGroup(
                        row.getLong("conversation"),
                        TimelineRows.party(row, "key_"),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        List.of(new UserRef(row.getLong("key_id").toString())));
                last = last.compose(left -> groups.update(leaving));
              }
              return last.map(rows.size());
            });
  }
}
