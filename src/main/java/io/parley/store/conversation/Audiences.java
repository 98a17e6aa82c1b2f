package io.parley.store.conversation;

import io.parley.conversation.ConversationVerbs.Audience;
import io.parley.conversation.ConversationVerbs.External;
import io.parley.conversation.ConversationVerbs.FindAudience;
import io.parley.conversation.ConversationVerbs.FindExternal;
import io.parley.conversation.ConversationVerbs.FindRevs;
import io.parley.conversation.ConversationVerbs.Revs;
import io.parley.conversation.ConversationVerbs.Standing;
import io.parley.store.db.Database;
import io.parley.store.timeline.TimelineRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who hears of which conversations: one query for many parties, for they come in crowds. */
public final class Audiences {
  private final Database database;

  public Audiences(Database database) {
    this.database = database;
  }

  public Future<Audience> find(FindAudience question) {
    String sql =
        """
        select m.party, array_agg(c.id) as ids, array_agg(c.rev) as revs
        from member m join conversation c on c.id = m.conversation where m.party = any ($1) group by m.party
        """;
    return database
        .read(sql, Tuple.tuple().addArrayOfLong(question.parties().toArray(Long[]::new)))
        .map(
            rows -> {
              List<Standing> standings = new ArrayList<>(rows.size());
              for (Row row : rows) {
                standings.add(
                    new Standing(
                        row.getLong("party"),
                        List.of(row.getArrayOfLongs("ids")),
                        List.of(row.getArrayOfLongs("revs"))));
              }
              return new Audience(standings);
            });
  }

  public Future<External> find(FindExternal question) {
    return database
        .read(
            "select id from conversation where id = any ($1) and kind = 'external'",
            Tuple.tuple().addArrayOfLong(question.conversations().toArray(Long[]::new)))
        .map(
            rows -> {
              Set<Long> external = new HashSet<>();
              rows.forEach(row -> external.add(row.getLong("id")));
              return new External(external);
            });
  }

  public Future<Revs> find(FindRevs question) {
    String sql =
        """
        select c.id, c.rev from conversation c where c.id = any ($2) and %s
        """
            .formatted(TimelineRows.seen("c.id", "$1"));
    return database
        .read(
            sql,
            Tuple.of(question.caller())
                .addArrayOfLong(question.conversations().toArray(Long[]::new)))
        .map(
            rows -> {
              Map<Long, Long> revs = new HashMap<>();
              rows.forEach(row -> revs.put(row.getLong("id"), row.getLong("rev")));
              return new Revs(revs);
            });
  }
}
