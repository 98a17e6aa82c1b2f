package io.parley.store.identity;

import io.parley.identity.IdentityVerbs.FindLastSeen;
import io.parley.identity.IdentityVerbs.LastSeenMarked;
import io.parley.identity.IdentityVerbs.LastSeenTimes;
import io.parley.identity.IdentityVerbs.MarkLastSeen;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The times at which users were last online. */
final class LastSeen {
  // by the primary keys of account and presence
  private static final String MARK =
      """
      insert into presence (account, seen_at)
      select a.id, t.seen_at from unnest($1::bigint[], $2::timestamptz[]) t (account, seen_at)
      join account a on a.id = t.account order by a.id
      on conflict (account) do update set seen_at = greatest(presence.seen_at, excluded.seen_at)
      """;
  private static final String FIND =
      "select account, seen_at from presence where account = any ($1)";

  private final Database database;

  LastSeen(Database database) {
    this.database = database;
  }

  Future<LastSeenMarked> mark(MarkLastSeen request) {
    List<Long> accounts = new ArrayList<>();
    List<OffsetDateTime> times = new ArrayList<>();
    request
        .seen()
        .forEach(
            (account, at) -> {
              accounts.add(account);
              times.add(SqlTime.utc(at));
            });
    return database
        .write(
            MARK,
            Tuple.tuple()
                .addArrayOfLong(accounts.toArray(Long[]::new))
                .addArrayOfOffsetDateTime(times.toArray(OffsetDateTime[]::new)))
        .map(new LastSeenMarked());
  }

  Future<LastSeenTimes> find(FindLastSeen question) {
    if (question.accounts().isEmpty()) {
      return Future.succeededFuture(new LastSeenTimes(Map.of()));
    }
    return database
        .read(FIND, Tuple.tuple().addArrayOfLong(question.accounts().toArray(Long[]::new)))
        .map(
            rows -> {
              Map<Long, Instant> seen = new HashMap<>();
              rows.forEach(
                  row -> seen.put(row.getLong("account"), SqlTime.instant(row, "seen_at")));
              return new LastSeenTimes(seen);
            });
  }
}
