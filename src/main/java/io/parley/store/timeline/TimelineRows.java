package io.parley.store.timeline;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.timeline.Content;
import io.parley.timeline.Delivery;
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

/** Rows of the timeline's tables as what they mean. */
public final class TimelineRows {
  /** How many bytes the content of a page may have, but for its last item. */
  public static final int MOST_OF_A_PAGE = 4 << 20;

  private static final int ORDINARY_BODY = 16 * 1024;
  private static final int ORDINARY_PAYLOAD = 2_000;

  /** About how many bytes the content of an item {@code i} has: nothing is read to know it. */
  static final String SIZE =
      """
      (coalesce(octet_length(i.body), 0)
        + case when pg_column_size(i.payload) > %d then octet_length(i.payload::text) else 0 end)\
      """
          .formatted(ORDINARY_PAYLOAD);

  /**
   * An item {@code i} by its author {@code p}; whoever selects it adds {@code read}. What a
   * transfer needs is looked up for transfers only.
   */
  static final String ITEM = item("i.body, i.payload, false as truncated");

  /** The same as it is told in passing. */
  public static final String ITEM_IN_PASSING = itemWhere(SIZE + " <= " + Item.MAX_BYTES_IN_EVENTS);

  /** The same without what is longer than most: two hundred of these make no long page. */
  static final String ORDINARY_ITEM =
      item(
          """
          case when octet_length(i.body) > %1$d then null else i.body end as body,
          case when pg_column_size(i.payload) > %2$d then null else i.payload end as payload,
          coalesce(octet_length(i.body) > %1$d or pg_column_size(i.payload) > %2$d, false) as truncated\
          """
              .formatted(ORDINARY_BODY, ORDINARY_PAYLOAD));

  /** The same, with its content only where {@code whole} holds. */
  public static String itemWhere(String whole) {
    return item(
        "case when %1$s then i.body end as body, case when %1$s then i.payload end as payload, not (%1$s) as truncated"
            .formatted(whole));
  }

  private static String item(String content) {
    return """
      i.conversation, i.seq, i.rev, i.message_no, i.type, i.channel, i.direction, i.reply_to, i.reactions, i.client_id, %s,
      i.created_at, i.updated_at, i.deleted,
      p.id as author_id, p.kind as author_kind, p.handle as author_handle, p.name as author_name,
      case when i.type = 'transfer' then (
        select jsonb_build_object('amount', t.amount, 'currency', t.currency, 'reference', t.reference, 'moves', (
          select jsonb_agg(jsonb_build_object('state', v.to_state, 'at', v.at, 'id', w.id, 'kind', w.kind, 'handle', w.handle,
            'name', w.name) order by v.at)
          from transfer_event v join party w on w.id = v.by
          where v.conversation = t.conversation and v.seq = t.seq))
        from transfer t where t.conversation = i.conversation and t.seq = i.seq
      ) end as transfer,
      case when i.routed then item_deliveries(i.conversation, i.seq) end as deliveries\
      """
        .formatted(content);
  }

  /** Whether the content of those before it leaves room for that of {@code i}, in that order. */
  public static String fits(String order) {
    return "coalesce(sum(%s) over (order by %s rows between unbounded preceding and 1 preceding), 0) < %d"
        .formatted(SIZE, order, MOST_OF_A_PAGE);
  }

  /** The kinds of party that have an account and so can read. */
  public static final String READERS = "('person', 'company', 'influencer')";

  private TimelineRows() {}

  public static Item item(Row row) {
    return item(row, row.getBoolean("read"));
  }

  public static Item item(Row row, boolean read) {
    Party author = party(row, "author_");
    Instant created = instant(row, "created_at");
    Optional<Transfer> transfer =
        Optional.ofNullable(row.getJsonObject("transfer"))
            .map(kept -> Transfers.of(kept, author, created));
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
        new Item.Origin(author, Optional.ofNullable(row.getString("client_id"))),
        new Item.Statement(type, content, number(row, "reply_to"), deleted, truncated),
        new Item.Responses(transfer, reactions(row.getJsonArray("reactions")), read),
        routing(row, row.getJsonArray("deliveries")),
        new Item.Dates(created, instant(row, "updated_at")));
  }

  private static OptionalLong number(Row row, String column) {
    Long number = row.getLong(column);
    return number == null ? OptionalLong.empty() : OptionalLong.of(number);
  }

  public static Instant instant(Row row, String column) {
    return row.getOffsetDateTime(column).toInstant();
  }

  public static Party party(Row row, String prefix) {
    return new Party(
        row.getLong(prefix + "id"),
        PartyKind.of(row.getString(prefix + "kind")),
        row.getString(prefix + "name"),
        row.getString(prefix + "handle"));
  }

  /** Whether the party {@code who} sees the conversation {@code what}, both as SQL. */
  public static String seen(String what, String who) {
    return """
        (exists (select from member m where m.conversation = %1$s and m.party = %2$s)
          or exists (select from conversation x join account y on y.id = %2$s where x.id = %1$s and x.kind = 'external' and y.role <> 'user'))\
        """
        .formatted(what, who);
  }

  /** The channel, direction and deliveries of an item. */
  static Routing routing(Row row, @Nullable JsonArray deliveries) {
    String channel = row.getString("channel");
    if (channel == null && deliveries == null) {
      return Routing.CHAT;
    }
    String direction = row.getString("direction");
    return new Routing(
        channel == null ? "chat" : channel,
        direction == null ? "internal" : direction,
        deliveries == null ? List.of() : deliveries(deliveries));
  }

  private static List<Delivery> deliveries(JsonArray kept) {
    List<Delivery> deliveries = new ArrayList<>(kept.size());
    for (int i = 0; i < kept.size(); i++) {
      JsonObject one = kept.getJsonObject(i);
      String code = one.getString("code");
      deliveries.add(
          new Delivery(
              one.getLong("id"),
              new Party(
                  one.getLong("party"),
                  PartyKind.of(one.getString("kind")),
                  one.getString("name"),
                  one.getString("handle")),
              one.getString("channel"),
              Optional.ofNullable(one.getString("provider")),
              one.getString("state"),
              one.getInteger("attempts"),
              one.getInteger("unknown"),
              code == null
                  ? Optional.empty()
                  : Optional.of(new Delivery.Trouble(code, one.getString("message", ""))),
              OffsetDateTime.parse(one.getString("at")).toInstant()));
    }
    return deliveries;
  }

  private static Reactions reactions(@Nullable JsonArray kept) {
    if (kept == null) {
      return Reactions.NONE;
    }
    List<Reaction> reactions = new ArrayList<>(kept.size());
    for (int i = 0; i < kept.size(); i++) {
      JsonObject one = kept.getJsonObject(i);
      List<Long> parties =
          one.getJsonArray("parties").stream().map(each -> ((Number) each).longValue()).toList();
      reactions.add(new Reaction(one.getString("emoji"), one.getLong("count"), parties));
    }
    return new Reactions(List.copyOf(reactions));
  }
}
