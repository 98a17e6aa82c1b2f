package io.parley.store.timeline;

import io.parley.json.JsonBytes;
import io.parley.store.db.Database;
import io.parley.timeline.Item;
import io.parley.timeline.Reactions;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.React;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * Adds and removes reactions. Each party's choice is a row of its own; the summary that an item
 * shows is stored with the item as JSON and updated with each reaction. So a page of items costs
 * the same with and without reactions, and a reaction costs the same in groups of any size.
 */
final class ItemReactions {
  private static final String SUMMARY = ", reactions = nullif($6::text::jsonb, '[]')";

  // each by the primary key of reaction: (conversation, seq, emoji, party)
  private static final String EXISTS =
      """
      select exists (
        select from reaction r where r.conversation = $1 and r.seq = $2 and r.emoji = $3 and r.party = $4) as present
      """;
  private static final String ADD =
      ", r as (insert into reaction (conversation, seq, emoji, party, at) values ($1, $2, $4, $5, $3))";
  private static final String REMOVE =
      ", r as (delete from reaction where conversation = $1 and seq = $2 and emoji = $4 and party = $5)";
  private static final String FIND_UNLISTED =
      """
      select (select r.party from reaction r where r.conversation = $1 and r.seq = $2 and r.emoji = $3
        and r.party <> $4 and r.party <> all ($5::bigint[]) order by r.party limit 1) as party
      """;

  private final Database database;
  private final ChangePublisher publisher;

  ItemReactions(Database database, ChangePublisher publisher) {
    this.database = database;
    this.publisher = publisher;
  }

  Future<Result<Item>> react(React request) {
    return ItemChange.run(
        database,
        publisher,
        request.conversation(),
        request.caller(),
        request.seq(),
        change -> react(change, request));
  }

  private static Future<Void> react(ItemChange change, React request) {
    change.refuseUnlessVisible();
    if (change.item().deleted()) {
      throw new RefusedTransaction(Refusal.DELETED);
    }
    return change
        .query(EXISTS, request.emoji(), request.caller())
        .compose(
            row -> {
              if (row.getBoolean("present") == request.there()) {
                return Future.succeededFuture();
              }
              return request.there() ? add(change, request) : remove(change, request);
            });
  }

  private static Future<Void> add(ItemChange change, React request) {
    Reactions more =
        change
            .item()
            .responses()
            .reactions()
            .with(request.emoji(), request.caller())
            .orElseThrow(() -> new RefusedTransaction(Refusal.TOO_MANY_REACTIONS));
    return write(change, ADD, request, more);
  }

  private static Future<Void> remove(ItemChange change, React request) {
    return successor(change, request)
        .map(
            next ->
                change
                    .item()
                    .responses()
                    .reactions()
                    .without(request.emoji(), request.caller(), next))
        .compose(fewer -> write(change, REMOVE, request, fewer));
  }

  private static Future<Void> write(
      ItemChange change, String clause, React request, Reactions summary) {
    return change.write(
        clause, SUMMARY, request.emoji(), request.caller(), JsonBytes.of(summary).toString());
  }

  /** A party that the summary can list in place of the one that takes its reaction back. */
  private static Future<Optional<Long>> successor(ItemChange change, React request) {
    Optional<List<Long>> listed = change.item().responses().reactions().crowd(request.emoji());
    return listed.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : change
            .query(
                FIND_UNLISTED, request.emoji(), request.caller(), listed.get().toArray(Long[]::new))
            .map(row -> Optional.ofNullable(row.getLong("party")));
  }
}
