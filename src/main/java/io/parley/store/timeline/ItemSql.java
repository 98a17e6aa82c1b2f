package io.parley.store.timeline;

import io.parley.timeline.Item;

/**
 * SQL fragments that select an item {@code i} with its author {@code p}, in the columns that {@link
 * ItemRows} reads. The selecting statement adds the column {@code read}. What belongs to transfers
 * and deliveries is looked up for such items only, by the primary keys of their tables.
 */
public final class ItemSql {
  /** How many bytes the content of one page may have; its first item may be larger. */
  public static final int MAX_PAGE_BYTES = 4 << 20;

  private static final int ORDINARY_BODY = 16 * 1024;
  private static final int ORDINARY_PAYLOAD = 2_000;

  /** The approximate size of an item's content, computed without reading the content. */
  private static final String CONTENT_SIZE =
      """
      (coalesce(octet_length(i.body), 0)
        + case when pg_column_size(i.payload) > %d then octet_length(i.payload::text) else 0 end)\
      """
          .formatted(ORDINARY_PAYLOAD);

  /** An item with its content, however long that is. */
  static final String COLUMNS = columns("i.body, i.payload, false as truncated");

  /** An item for events and lists: without its content if that is long. */
  public static final String SHORT_COLUMNS =
      columnsWhere(CONTENT_SIZE + " <= " + Item.MAX_BYTES_IN_EVENTS);

  /**
   * An item without a body or payload that is unusually long. Two hundred such items fit into a
   * page, so nothing has to be summed up.
   */
  static final String ORDINARY_COLUMNS =
      columns(
          """
          case when octet_length(i.body) > %1$d then null else i.body end as body,
          case when pg_column_size(i.payload) > %2$d then null else i.payload end as payload,
          coalesce(octet_length(i.body) > %1$d or pg_column_size(i.payload) > %2$d, false) as truncated\
          """
              .formatted(ORDINARY_BODY, ORDINARY_PAYLOAD));

  private ItemSql() {}

  /** An item with its content only where the SQL condition {@code whole} holds. */
  public static String columnsWhere(String whole) {
    return columns(
        "case when %1$s then i.body end as body, case when %1$s then i.payload end as payload, not (%1$s) as truncated"
            .formatted(whole));
  }

  private static String columns(String content) {
    return """
      i.conversation, i.seq, i.rev, i.message_no, i.type, i.channel, i.direction, i.reply_to, i.reactions, i.client_id, %s,
      i.created_at, i.updated_at, i.edited_at, i.deleted,
      p.id as author_id, p.kind as author_kind, p.handle as author_handle, p.name as author_name,
      case when i.type = 'transfer' then (
        select jsonb_build_object('amount', t.amount, 'currency', t.currency, 'reference', t.reference, 'moves', (
          select jsonb_agg(jsonb_build_object('state', v.to_state, 'at', v.at, 'id', w.id, 'kind', w.kind, 'handle', w.handle,
            'name', w.name) order by v.at)
          from transfer_event v join party w on w.id = v.by
          where v.conversation = t.conversation and v.seq = t.seq))
        from transfer t where t.conversation = i.conversation and t.seq = i.seq
      ) end as transfer,
      case when i.sent_by is not null then (
        select jsonb_build_object('id', w.id, 'kind', w.kind, 'handle', w.handle, 'name', w.name) from party w where w.id = i.sent_by
      ) end as sent_by,
      case when i.routed then item_deliveries(i.conversation, i.seq) end as deliveries\
      """
        .formatted(content);
  }

  /** Whether item {@code i} still fits into the page behind the items before it in this order. */
  public static String fitsPage(String order) {
    return "coalesce(sum(%s) over (order by %s rows between unbounded preceding and 1 preceding), 0) < %d"
        .formatted(CONTENT_SIZE, order, MAX_PAGE_BYTES);
  }
}
