package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.conversation.Counterparts;
import io.parley.identity.PartyKind;
import io.parley.identity.Ref;
import io.parley.store.timeline.RefusedTransaction;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Resolves the users that a request for a group names. */
final class GroupMembers {
  static final int MAX_MEMBERS = 10_000;

  // by the primary key of party, or by party_handle
  private static final String RESOLVE =
      """
      select r.id as named_id, r.name as named, p.id, p.kind, p.kind = 'service' and not exists (
        select from api_key k where k.id = p.id and k.ended_at is null and 'chat' = any (k.scopes)) as mute
      from unnest($1::bigint[], $2::text[]) r (id, name)
      left join party p on p.id = r.id or p.handle = lower(r.name)
      left join account a on a.id = p.id
      where a.id is not null or p.id is null or $3
      """;

  private GroupMembers() {}

  /** The ids of users who may join groups; a user who is named twice counts once. */
  static Future<Set<Long>> resolveJoining(SqlConnection connection, List<UserRef> users) {
    return resolve(connection, users, false);
  }

  /** The ids of parties of any kind. */
  static Future<Set<Long>> resolveLeaving(SqlConnection connection, List<UserRef> users) {
    return resolve(connection, users, true);
  }

  private static Future<Set<Long>> resolve(
      SqlConnection connection, List<UserRef> users, boolean anyKind) {
    if (users.isEmpty()) {
      return Future.succeededFuture(Set.of());
    }
    List<Ref> refs = users.stream().map(UserRef::ref).distinct().toList();
    Long[] ids = refs.stream().map(GroupMembers::id).toArray(Long[]::new);
    String[] names = refs.stream().map(ref -> ref.name().orElse(null)).toArray(String[]::new);
    return connection
        .preparedQuery(RESOLVE)
        .execute(Tuple.tuple().addArrayOfLong(ids).addArrayOfString(names).addBoolean(anyKind))
        .map(rows -> ids(rows, users, anyKind));
  }

  private static @Nullable Long id(Ref ref) {
    return ref.isId() ? ref.id().getAsLong() : null;
  }

  private static Set<Long> ids(RowSet<Row> rows, List<UserRef> users, boolean anyKind) {
    List<String> unknown = unknown(rows, users);
    if (!unknown.isEmpty()) {
      throw new RefusedTransaction(Refusal.UNKNOWN_MEMBER, unknown);
    }
    Set<Long> ids = new LinkedHashSet<>();
    for (Row row : rows) {
      if (!anyKind && !mayJoin(row)) {
        throw new RefusedTransaction(Refusal.NOT_FOR_GROUPS);
      }
      ids.add(row.getLong("id"));
    }
    return ids;
  }

  // in the words of the request
  private static List<String> unknown(RowSet<Row> rows, List<UserRef> users) {
    Set<Object> known = new HashSet<>();
    for (Row row : rows) {
      if (row.getLong("id") != null) {
        known.add(
            row.getLong("named_id") == null ? row.getString("named") : row.getLong("named_id"));
      }
    }
    return users.stream()
        .filter(user -> !known.contains(key(user.ref())))
        .map(UserRef::text)
        .distinct()
        .toList();
  }

  private static Object key(Ref ref) {
    return ref.isId() ? (Object) ref.id().getAsLong() : ref.name().orElseThrow();
  }

  private static boolean mayJoin(Row row) {
    return !row.getBoolean("mute")
        && Counterparts.mayJoinGroups(PartyKind.of(row.getString("kind")));
  }
}
