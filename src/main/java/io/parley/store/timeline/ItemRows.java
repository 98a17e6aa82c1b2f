package io.parley.store.timeline;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.store.db.SqlTime;
import io.parley.store.identity.PartyRows;
import io.parley.timeline.Channel;
import io.parley.timeline.Content;
import io.parley.timeline.Delivery;
import io.parley.timeline.DeliveryState;
import io.parley.timeline.Direction;
import io.parley.timeline.Item;
import io.parley.timeline.ItemType;
import io.parley.timeline.Reaction;
import io.parley.timeline.Reactions;
import io.parley.timeline.Routing;
import io.parley.timeline.Transfer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads items from rows with the columns of {@link ItemSql}. */
public final class ItemRows {
  private ItemRows() {}

  public static Item item(Row row) {
    return item(row, row.getBoolean("read"));
  }

  public static Item item(Row row, boolean read) {
    Party author = PartyRows.party(row, "author_");
    Instant created = SqlTime.instant(row, "created_at");
    Optional<Transfer> transfer =
        Optional.ofNullable(row.getJsonObject("transfer"))
            .map(stored -> TransferRows.transfer(stored, author, created));
    ItemType type = ItemType.of(row.getString("type"));
    boolean deleted = row.getBoolean("deleted");
    boolean truncated = row.getBoolean("truncated");
    Optional<Content> content =
        deleted || truncated
            ? Optional.empty()
            : Optional.of(
                StoredContent.read(
                    type, row.getString("body"), row.getJsonObject("payload"), transfer));
    return new Item(
        new Item.Position(
            row.getLong("conversation"),
            row.getLong("seq"),
            row.getLong("rev"),
            number(row, "message_no").orElse(0)),
        new Item.Origin(
            author,
            Optional.ofNullable(row.getJsonObject("sent_by")).map(ItemRows::party),
            Optional.ofNullable(row.getString("client_id"))),
        new Item.Statement(type, content, number(row, "reply_to"), deleted, truncated),
        new Item.Responses(transfer, reactions(row.getJsonArray("reactions")), read),
        routing(row, row.getJsonArray("deliveries")),
        new Item.Dates(
            created,
            SqlTime.instant(row, "updated_at"),
            Optional.ofNullable(row.getOffsetDateTime("edited_at"))
                .map(OffsetDateTime::toInstant)));
  }

  private static Party party(JsonObject stored) {
    return new Party(
        stored.getLong("id"),
        PartyKind.of(stored.getString("kind")),
        stored.getString("name"),
        stored.getString("handle"));
  }

  private static OptionalLong number(Row row, String column) {
    Long number = row.getLong(column);
    return number == null ? OptionalLong.empty() : OptionalLong.of(number);
  }

  /** The channel, direction and deliveries of an item. */
  static Routing routing(Row row, @Nullable JsonArray deliveries) {
    String channel = row.getString("channel");
    if (channel == null && deliveries == null) {
      return Routing.CHAT;
    }
    String direction = row.getString("direction");
    return new Routing(
        channel == null ? Optional.empty() : Channel.ofText(channel),
        direction == null ? Direction.INTERNAL : Direction.of(direction),
        deliveries == null ? List.of() : deliveries(deliveries));
  }

  private static List<Delivery> deliveries(JsonArray stored) {
    List<Delivery> deliveries = new ArrayList<>(stored.size());
    for (int i = 0; i < stored.size(); i++) {
      JsonObject each = stored.getJsonObject(i);
      String code = each.getString("code");
      deliveries.add(
          new Delivery(
              each.getLong("id"),
              new Party(
                  each.getLong("party"),
                  PartyKind.of(each.getString("kind")),
                  each.getString("name"),
                  each.getString("handle")),
              Channel.of(each.getString("channel")),
              Optional.ofNullable(each.getString("provider")),
              DeliveryState.of(each.getString("state")),
              each.getInteger("attempts"),
              each.getInteger("unknown"),
              code == null
                  ? Optional.empty()
                  : Optional.of(new Delivery.Trouble(code, each.getString("message", ""))),
              OffsetDateTime.parse(each.getString("at")).toInstant()));
    }
    return deliveries;
  }

  private static Reactions reactions(@Nullable JsonArray stored) {
    if (stored == null) {
      return Reactions.NONE;
    }
    List<Reaction> reactions = new ArrayList<>(stored.size());
    for (int i = 0; i < stored.size(); i++) {
      JsonObject each = stored.getJsonObject(i);
      List<Long> parties =
          each.getJsonArray("parties").stream().map(party -> ((Number) party).longValue()).toList();
      reactions.add(new Reaction(each.getString("emoji"), each.getLong("count"), parties));
    }
    return new Reactions(List.copyOf(reactions));
  }
}
