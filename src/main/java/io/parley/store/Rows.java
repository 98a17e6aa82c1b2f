package io.parley.store;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.timeline.Attachment;
import io.parley.timeline.Content;
import io.parley.timeline.Item;
import io.parley.timeline.ItemType;
import io.parley.timeline.Post;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Rows of the timeline's tables as what they mean. */
final class Rows {
  /** An item {@code i} by its author {@code p}; whoever selects it adds {@code read}. */
  static final String ITEM =
      """
      i.conversation, i.seq, i.rev, i.message_no, i.type, i.body, i.payload, i.client_id, i.created_at, i.updated_at,
      i.deleted, p.id as author_id, p.kind as author_kind, p.handle as author_handle, p.name as author_name\
      """;

  /** The kinds of party that have an account and so can read. */
  static final String READERS = "('person', 'company', 'influencer')";

  private Rows() {}

  static Item item(Row row) {
    return new Item(
        row.getLong("conversation"),
        row.getLong("seq"),
        row.getLong("rev"),
        row.getLong("message_no") == null ? 0 : row.getLong("message_no"),
        party(row, "author_"),
        content(
            ItemType.of(row.getString("type")),
            row.getString("body"),
            row.getJsonObject("payload")),
        Optional.ofNullable(row.getString("client_id")),
        instant(row, "created_at"),
        instant(row, "updated_at"),
        row.getBoolean("deleted"),
        row.getBoolean("read"));
  }

  static Instant instant(Row row, String column) {
    return row.getOffsetDateTime(column).toInstant();
  }

  static Party party(Row row, String prefix) {
    return new Party(
        row.getLong(prefix + "id"),
        PartyKind.of(row.getString(prefix + "kind")),
        row.getString(prefix + "name"),
        row.getString(prefix + "handle"));
  }

  private static Content content(
      ItemType type, @Nullable String body, @Nullable JsonObject payload) {
    if (payload == null) {
      return new Content(type, Optional.ofNullable(body), List.of(), Optional.empty());
    }
    return new Content(
        type,
        Optional.ofNullable(body),
        attachments(payload.getJsonArray("attachments")),
        Optional.ofNullable(payload.getJsonObject("post")).map(Rows::post));
  }

  private static List<Attachment> attachments(@Nullable JsonArray kept) {
    List<Attachment> attachments = new ArrayList<>();
    if (kept != null) {
      for (int i = 0; i < kept.size(); i++) {
        JsonObject one = kept.getJsonObject(i);
        attachments.add(
            new Attachment(
                one.getString("url"),
                Optional.ofNullable(one.getString("name")),
                Optional.ofNullable(one.getString("mime_type")),
                one.getLong("size") == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(one.getLong("size"))));
      }
    }
    return attachments;
  }

  private static Post post(JsonObject kept) {
    return new Post(
        Optional.ofNullable(kept.getString("platform")),
        kept.getString("url"),
        Optional.ofNullable(kept.getString("title")),
        Optional.ofNullable(kept.getString("caption")));
  }
}
