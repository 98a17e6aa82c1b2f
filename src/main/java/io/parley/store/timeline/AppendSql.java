package io.parley.store.timeline;

import io.parley.store.db.SqlTime;
import io.parley.timeline.Content;
import io.parley.timeline.Item;
import io.parley.timeline.ItemType;
import io.parley.timeline.Reactions;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.Transfer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** The statement that appends a batch of items: its parameters, and the items in its rows. */
public final class AppendSql {
  // up to this size appending one item after the other is cheaper than all at once
  private static final int MAX_FEW = 8;
  private static final String PARAMETERS = "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
  private static final String APPEND_FEW = "select * from append_few_items" + PARAMETERS;
  private static final String APPEND_ITEMS = "select * from append_items" + PARAMETERS;

  private AppendSql() {}

  /** The functions look up by the primary keys of conversation and member, and by item_key. */
  public static String call(int items) {
    return items <= MAX_FEW ? APPEND_FEW : APPEND_ITEMS;
  }

  /** {@code wait}: whether to wait for locked conversations instead of reporting them as busy. */
  public static Tuple parameters(List<AppendItem> batch, boolean wait) {
    int size = batch.size();
    Long[] conversation = new Long[size];
    Long[] author = new Long[size];
    UUID[] key = new UUID[size];
    UUID[] request = new UUID[size];
    String[] type = new String[size];
    String[] body = new String[size];
    String[] payload = new String[size];
    String[] clientId = new String[size];
    Long[] replyTo = new Long[size];
    Boolean[] uploads = new Boolean[size];
    for (int i = 0; i < size; i++) {
      AppendItem item = batch.get(i);
      conversation[i] = item.conversation();
      author[i] = item.author().id();
      key[i] = item.key();
      request[i] =
          item.clientId().isPresent() ? StoredContent.fingerprint(item.draft()) : item.key();
      type[i] = item.draft().content().type().text();
      body[i] = item.draft().content().body().orElse(null);
      payload[i] = StoredContent.payload(item.draft(), item.sentBy());
      clientId[i] = item.clientId().orElse(null);
      OptionalLong answered = item.draft().replyTo();
      replyTo[i] = answered.isPresent() ? answered.getAsLong() : null;
      uploads[i] =
          item.draft().content().attachments().stream().anyMatch(each -> each.id().isPresent());
    }
    return Tuple.tuple()
        .addArrayOfLong(conversation)
        .addArrayOfLong(author)
        .addArrayOfUUID(key)
        .addArrayOfUUID(request)
        .addArrayOfString(type)
        .addArrayOfString(body)
        .addArrayOfString(payload)
        .addArrayOfString(clientId)
        .addArrayOfLong(replyTo)
        .addArrayOfBoolean(uploads)
        .addBoolean(wait);
  }

  /** The item that {@code row} says was stored for {@code request}. */
  public static Item item(AppendItem request, Row row) {
    Instant at = SqlTime.instant(row, "at");
    boolean message = request.draft().content().type() == ItemType.MESSAGE;
    return new Item(
        new Item.Position(
            request.conversation(),
            row.getLong("seq"),
            row.getLong("rev"),
            message ? row.getLong("message_no") : 0),
        new Item.Origin(request.author(), request.sentBy(), request.clientId()),
        Item.Statement.of(request.draft()),
        new Item.Responses(transfer(request, at), Reactions.NONE, false),
        ItemRows.routing(row, row.getJsonArray("deliveries")),
        new Item.Dates(at, at, Optional.empty()));
  }

  private static Optional<Transfer> transfer(AppendItem request, Instant at) {
    return request.draft().content() instanceof Content.TransferTerms terms
        ? Optional.of(Transfer.initiated(terms, request.author(), at))
        : Optional.empty();
  }
}
