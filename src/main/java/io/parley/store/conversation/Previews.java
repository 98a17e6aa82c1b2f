package io.parley.store.conversation;

import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationKind;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindPreview;
import io.parley.conversation.ConversationVerbs.FindPreviews;
import io.parley.conversation.ConversationVerbs.Position;
import io.parley.conversation.Preview;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.store.identity.PartyRows;
import io.parley.store.timeline.ItemRows;
import io.parley.store.timeline.ItemSql;
import io.parley.store.timeline.ReadStateSql;
import io.parley.store.timeline.Visibility;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Conversations as callers see them in a list: with participants, the latest item and the count of
 * unread items. One query for a page of any size.
 */
public final class Previews {
  // by member_party and the primary key of conversation, which is walked once for all ids; the sort
  // sees nothing but times
  private static final String OF_MEMBER =
      """
      (
        select c.id, c.active_at from conversation c
        where c.id = any (array(select m.conversation from member m where m.party = $1))%s
        order by c.active_at desc, c.id desc limit $2
      )
      """;

  // by external_active, for agents
  private static final String OF_AGENT =
      """
      (
        select e.conversation as id, e.active_at from external e
        where (select y.role <> 'user' from account y where y.id = $1)%s
        order by e.active_at desc, e.conversation desc limit $2
      )
      """;

  // by the indexes of grams
  private static final String FOUND =
      "select f.id, f.active_at from find_conversations($1, $3, $4, $5, $6, $7, $2::integer) f";

  private static final String ONE =
      "select c.id, c.active_at from conversation c where c.id = $3 and "
          + Visibility.visibleTo("c.id", "$1");

  // by the primary keys of conversation, member and reading
  private static final String OF_CALLER =
      """
      with mine as (
        select c.*, $1::bigint as caller, coalesce(
            (select m.read_seq from member m where m.conversation = c.id and m.party = $1),
            (select r.read_seq from reading r where r.conversation = c.id and r.party = $1), 0) as read_seq
        from (select u.* from (%s) u order by u.active_at desc, u.id desc limit $2) u
        cross join lateral (select c.* from conversation c where c.id = u.id offset 0) c
      )
      """;

  // by the primary key of conversation; nothing in the result depends on a caller
  private static final String OF_NOBODY =
      "with mine as (select c.*, 0::bigint as caller, 0::bigint as read_seq from conversation c where c.id = any ($1))\n";

  // by the primary keys of party, member and item
  private static final String PREVIEW =
      """
      select mine.id as c_id, mine.kind as c_kind, mine.name as c_name, mine.last_seq as c_last_seq, mine.rev as c_rev,
        mine.member_count as c_members, mine.created_at as c_created_at, mine.active_at as c_active_at,
        greatest(mine.active_at, mine.renamed_at) as c_updated_at,
        mine.last_seq - mine.read_seq as unread, mine.caller,
        case when mine.kind = 'external' then (
          select m.party from member m where m.conversation = mine.id and m.via is not null limit 1
        ) end as contact,
        o.id as owner_id, o.kind as owner_kind, o.handle as owner_handle, o.name as owner_name,
        ps.ids, ps.kinds, ps.handles, ps.names, i.*
      from mine
      left join party o on o.id = mine.owner
      left join lateral (
        select array_agg(x.id order by x.joined_at, x.id) as ids, array_agg(x.kind order by x.joined_at, x.id) as kinds,
          array_agg(x.handle order by x.joined_at, x.id) as handles, array_agg(x.name order by x.joined_at, x.id) as names
        from (
          select p.id, p.kind, p.handle, p.name, m.joined_at
          from (
            select m.party, m.joined_at from member m where m.conversation = mine.id order by m.joined_at, m.party limit 10
          ) m
          join party p on p.id = m.party
        ) x
      ) ps on true
      left join lateral (
        select %s, coalesce((select min(l.read_seq) from (%s) l where l.party <> i.author) >= i.seq, false) as read
        from item i join party p on p.id = i.author where i.conversation = mine.id and i.seq = mine.last_seq
      ) i on true
      order by mine.active_at desc, mine.id desc
      """
          .formatted(ItemSql.SHORT_COLUMNS, ReadStateSql.leastRead("mine.id"));

  private static final String ONE_OF_CALLER = OF_CALLER.formatted(ONE) + PREVIEW;

  private final Database database;

  Previews(Database database) {
    this.database = database;
  }

  Future<ConversationVerbs.Previews> find(FindPreviews question) {
    Tuple parameters = Tuple.of(question.caller(), (long) question.limit() + 1);
    String ids = question.search().isPresent() ? FOUND : listed(question, parameters);
    if (question.search().isPresent()) {
      addSearch(question, parameters);
    }
    String sql = OF_CALLER.formatted(ids) + PREVIEW;
    Future<RowSet<Row>> found =
        question.search().isPresent() || question.kind().isPresent()
            ? database.heavyRead(sql, parameters)
            : database.read(sql, parameters);
    return found.map(rows -> page(rows, question.limit()));
  }

  private static void addSearch(FindPreviews question, Tuple parameters) {
    parameters.addString(question.search().orElseThrow());
    parameters.addString(question.kind().map(ConversationKind::text).orElse(null));
    parameters.addArrayOfLong(question.except().toArray(Long[]::new));
    parameters.addValue(question.after().map(after -> SqlTime.utc(after.activeAt())).orElse(null));
    parameters.addValue(question.after().map(Position::id).orElse(null));
  }

  /** The conversations without a search, from those lists only that can have the kind asked for. */
  private static String listed(FindPreviews question, Tuple parameters) {
    String member = "";
    String agent = "";
    if (question.kind().isPresent()) {
      member += " and c.kind = " + next(parameters, question.kind().get().text());
    }
    if (!question.except().isEmpty()) {
      String excluded = next(parameters, question.except().toArray(Long[]::new));
      member += " and c.id <> all (" + excluded + ")";
      agent += " and e.conversation <> all (" + excluded + ")";
    }
    if (question.after().isPresent()) {
      Position position = question.after().get();
      String at = next(parameters, SqlTime.utc(position.activeAt()));
      String id = next(parameters, position.id());
      member += " and (c.active_at, c.id) < (" + at + ", " + id + ")";
      agent += " and (e.active_at, e.conversation) < (" + at + ", " + id + ")";
    }
    boolean external =
        question.kind().isEmpty() || question.kind().get() == ConversationKind.EXTERNAL;
    return OF_MEMBER.formatted(member) + (external ? "union all" + OF_AGENT.formatted(agent) : "");
  }

  private static String next(Tuple parameters, Object value) {
    parameters.addValue(value);
    return "$" + parameters.size();
  }

  Future<Result<Preview>> find(FindPreview question) {
    return database
        .read(ONE_OF_CALLER, Tuple.of(question.caller(), 1L, question.conversation()))
        .map(Previews::result);
  }

  /** The same within a transaction, which sees its own changes. */
  static Future<Result<Preview>> find(SqlConnection connection, FindPreview question) {
    return connection
        .preparedQuery(ONE_OF_CALLER)
        .execute(Tuple.of(question.caller(), 1L, question.conversation()))
        .map(Previews::result);
  }

  private static Result<Preview> result(RowSet<Row> rows) {
    return rows.size() == 0
        ? Result.refused(Refusal.NOT_THERE)
        : Result.done(preview(rows.iterator().next()));
  }

  /** Conversations by id, as everybody in them sees them. */
  Future<Map<Long, Conversation>> conversations(List<Long> ids) {
    return database.read(OF_NOBODY + PREVIEW, ids(ids)).map(Previews::byId);
  }

  /** The same within a transaction, which sees its own changes: for the events it causes. */
  public static Future<Map<Long, Conversation>> conversations(
      SqlConnection connection, List<Long> ids) {
    return connection.preparedQuery(OF_NOBODY + PREVIEW).execute(ids(ids)).map(Previews::byId);
  }

  /** A conversation within a transaction, which sees its own changes. */
  static Future<Conversation> conversation(SqlConnection connection, long id) {
    return conversations(connection, List.of(id))
        .map(found -> Objects.requireNonNull(found.get(id)));
  }

  private static Tuple ids(List<Long> ids) {
    return Tuple.tuple().addArrayOfLong(ids.toArray(Long[]::new));
  }

  private static Map<Long, Conversation> byId(RowSet<Row> rows) {
    Map<Long, Conversation> found = new HashMap<>();
    rows.forEach(row -> found.put(row.getLong("c_id"), preview(row).conversation()));
    return found;
  }

  private static ConversationVerbs.Previews page(RowSet<Row> rows, int limit) {
    List<Preview> previews = new ArrayList<>(rows.size());
    rows.forEach(row -> previews.add(preview(row)));
    boolean more = previews.size() > limit;
    return new ConversationVerbs.Previews(
        more ? List.copyOf(previews.subList(0, limit)) : previews, more);
  }

  private static Preview preview(Row row) {
    List<Party> participants = participants(row);
    ConversationKind kind = ConversationKind.of(row.getString("c_kind"));
    Conversation conversation =
        new Conversation(
            row.getLong("c_id"),
            kind,
            Optional.ofNullable(row.getString("c_name")),
            row.getLong("owner_id") == null
                ? Optional.empty()
                : Optional.of(PartyRows.party(row, "owner_")),
            participants,
            row.getInteger("c_members"),
            row.getLong("c_last_seq"),
            row.getLong("c_rev"),
            SqlTime.instant(row, "c_created_at"),
            SqlTime.instant(row, "c_active_at"),
            SqlTime.instant(row, "c_updated_at"));
    long caller = row.getLong("caller");
    Long contact = row.getLong("contact");
    Optional<Party> counterpart =
        kind == ConversationKind.GROUP
            ? Optional.empty()
            : participants.stream()
                .filter(party -> contact == null ? party.id() != caller : party.id() == contact)
                .findFirst();
    Optional<Item> latest =
        row.getLong("seq") == null ? Optional.empty() : Optional.of(ItemRows.item(row).forEvents());
    return new Preview(conversation, counterpart, latest, row.getLong("unread"));
  }

  private static List<Party> participants(Row row) {
    Long[] ids = row.getArrayOfLongs("ids");
    if (ids == null) {
      return List.of();
    }
    String[] kinds = row.getArrayOfStrings("kinds");
    String[] handles = row.getArrayOfStrings("handles");
    String[] names = row.getArrayOfStrings("names");
    List<Party> participants = new ArrayList<>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      participants.add(new Party(ids[i], PartyKind.of(kinds[i]), names[i], handles[i]));
    }
    return participants;
  }
}
