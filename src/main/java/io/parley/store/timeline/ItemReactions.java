package io.parley.store.timeline;

import io.parley.json.JsonBytes;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.timeline.Item;
import io.parley.timeline.Reactions;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs.React;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reactions to items. Who chose what is a row each; how an item shows them is kept with the item,
 * ready to send, and moved on one reaction at a time. So a page of items costs the same with and
 * without reactions, and a reaction in a large group costs what one in a small group costs.
 */
public final class ItemReactions {
  private static final String KEPT = ", reactions = nullif($6::text::jsonb, '[]')";

  private final Database database;
  private final Consumer<TimelineChanged> news;

  public ItemReactions(Database database, Consumer<TimelineChanged> news) {
    this.database = database;
    this.news = news;
  }

  public Future<Result<Item>> react(React wanted) {
    return ItemChange.run(
        database,
        news,
        wanted.conversation(),
        wanted.caller(),
        wanted.seq(),
        change -> changed(change, wanted));
  }

  private static Future<Void> changed(ItemChange change, React wanted) {
    change.isForMembers();
    if (change.item().deleted()) {
      throw new RefusedTransaction(Refusal.DELETED);
    }
    return change
        .ask(
            """
            select exists (
              select from reaction r where r.conversation = $1 and r.seq = $2 and r.emoji = $3 and r.party = $4) as there
            """,
            wanted.emoji(),
            wanted.caller())
        .compose(
            row -> {
              if (row.getBoolean("there") == wanted.there()) {
                return Future.succeededFuture();
              }
              return wanted.there() ? add(change, wanted) : remove(change, wanted);
            });
  }

  private static Future<Void> add(ItemChange change, React wanted) {
    Reactions more =
        change
            .item()
            .responses()
            .reactions()
            .with(wanted.emoji(), wanted.caller())
            .orElseThrow(() -> new RefusedTransaction(Refusal.TOO_MANY_REACTIONS));
    return change.write(
        ", r as (insert into reaction (conversation, seq, emoji, party, at) values ($1, $2, $4, $5, $3))",
        KEPT,
        wanted.emoji(),
        wanted.caller(),
        JsonBytes.of(more).toString());
  }

  private static Future<Void> remove(ItemChange change, React wanted) {
    return heir(change, wanted)
        .compose(
            heir -> {
              Reactions rest =
                  change
                      .item()
                      .responses()
                      .reactions()
                      .without(wanted.emoji(), wanted.caller(), heir);
              return change.write(
                  ", r as (delete from reaction where conversation = $1 and seq = $2 and emoji = $4 and party = $5)",
                  KEPT,
                  wanted.emoji(),
                  wanted.caller(),
                  JsonBytes.of(rest).toString());
            });
  }

  /** Somebody who can be named in place of one who is. */
  private static Future<Optional<Long>> heir(ItemChange change, React wanted) {
    Optional<List<Long>> named = change.item().responses().reactions().crowd(wanted.emoji());
    return named.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : change
            .ask(
                """
                select (select r.party from reaction r where r.conversation = $1 and r.seq = $2 and r.emoji = $3
                  and r.party <> $4 and r.party <> all ($5::bigint[]) order by r.party limit 1) as party
                """,
                wanted.emoji(),
                wanted.caller(),
                named.get().toArray(Long[]::new))
            .map(ItemReactions::party);
  }

  private static Optional<Long> party(Row row) {
    return Optional.ofNullable(row.getLong("party"));
  }
}
