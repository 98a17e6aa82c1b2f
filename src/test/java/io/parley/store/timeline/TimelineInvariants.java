package io.parley.store.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.db.DatabaseAddress;
import io.parley.store.db.Migrations;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What must be true of every timeline at any moment, and no constraint can say. Each query finds
 * the offenders.
 */
public final class TimelineInvariants {
  private static final Map<String, String> OFFENDERS = new LinkedHashMap<>();

  static {
    OFFENDERS.put(
        "seq is dense from 1 and last_seq is the last",
        """
        select c.id from conversation c left join item i on i.conversation = c.id group by c.id
        having count(i.seq) <> c.last_seq or coalesce(max(i.seq), 0) <> c.last_seq or coalesce(min(i.seq), 1) <> 1
        """);
    OFFENDERS.put(
        "message_no is dense from 1 and rises with seq",
        """
        select c.id from conversation c left join item i on i.conversation = c.id and i.message_no is not null group by c.id
        having count(i.seq) <> c.messages or coalesce(max(i.message_no), 0) <> c.messages
        union
        select conversation from (
          select conversation, message_no, lag(message_no) over (partition by conversation order by seq) as before
          from item where message_no is not null) x where message_no <= before
        """);
    OFFENDERS.put(
        "created_at never goes back, created_rev always rises",
        """
        select conversation from (
          select conversation, created_at, created_rev, lag(created_at) over w as at_before, lag(created_rev) over w as rev_before
          from item window w as (partition by conversation order by seq)) x
        where created_at < at_before or created_rev <= rev_before
        """);
    OFFENDERS.put(
        "a rev is taken by one thing only, receipts of one batch apart",
        """
        select conversation from (
          select conversation, created_rev as rev, 'created' || seq as thing from item
          union all select conversation, rev, case when kind = 'receipt' then kind else kind || subject end from change group by 1, 2, 3
        ) x group by conversation, rev having count(*) > 1
        """);
    OFFENDERS.put(
        "no rev lies beyond the conversation's, and the last one is somebody's or was overtaken",
        """
        select c.id from conversation c
        where c.rev < coalesce((select max(rev) from change h where h.conversation = c.id), 0)
          or c.rev < coalesce((select max(rev) from item i where i.conversation = c.id), 0)
          or c.rev <> greatest((select max(rev) from change h where h.conversation = c.id),
            (select max(created_rev) from item i where i.conversation = c.id))
        """);
    OFFENDERS.put(
        "nobody has read what is not there",
        "select c.id from member m join conversation c on c.id = m.conversation where m.read_seq > c.last_seq");
    OFFENDERS.put(
        "member_count counts the members, and a group that has any has one owner among them",
        """
        select c.id from conversation c left join member m on m.conversation = c.id group by c.id
        having count(m.party) <> c.member_count
          or (c.kind = 'group' and count(m.party) > 0 and count(*) filter (where m.role = 'owner' and m.party = c.owner) <> 1)
          or count(*) filter (where m.role = 'owner') > 1
        """);
    OFFENDERS.put(
        "conversation ids are dense",
        "select max(id) from conversation having max(id) <> count(*) or max(id) <> (select last from conversation_counter)");
    OFFENDERS.put(
        "a tombstone says nothing",
        """
        select conversation from item
        where deleted and (body is not null or payload is not null or reactions is not null or type = 'transfer')
        """);
    OFFENDERS.put(
        "what is tallied of a conversation are its users' messages up to there",
        """
        select d.conversation from tallied d
        left join item i on i.conversation = d.conversation and i.message_no <= d.message_no
          and i.author in (select id from party where kind in ('person', 'company', 'influencer'))
        left join tally t on t.kind = 'c' and t.level = 4 and t.block = 0 and t.subject = d.conversation
        group by d.conversation, t.n having count(i.seq) <> coalesce(t.n, 0)
        """);
    OFFENDERS.put(
        "a transfer has terms, and nothing else has",
        """
        select coalesce(i.conversation, t.conversation)
        from (select * from item where type = 'transfer') i full join transfer t using (conversation, seq)
        where t.seq is null or i.seq is null
        """);
    OFFENDERS.put(
        "a transfer is where its last move brought it, and has ended at most once",
        """
        select t.conversation from transfer t left join transfer_event v using (conversation, seq)
        group by t.conversation, t.seq
        having count(v.seq) > 1 or coalesce(max(v.to_state), 'initiated') <> t.state
        """);
    OFFENDERS.put(
        "a whole file is the sum of its chunks",
        """
        select 1 from file f where f.sha256 is not null and f.size <> (
          select coalesce(sum(length(c.bytes)), 0) from file_chunk c where c.file = f.id)
        """);
    OFFENDERS.put(
        "what a conversation shows, it holds",
        """
        select i.conversation from item i cross join lateral jsonb_array_elements(i.payload -> 'attachments') a
        where a ? 'id' and not exists (
          select from file_use u where u.file = (a ->> 'id')::uuid and u.conversation = i.conversation)
        """);
    OFFENDERS.put(
        "who is reached by a channel is sent what is routed, and a pending delivery is in the outbox",
        """
        select d.conversation from delivery d left join outbox o on o.delivery = d.id
        where (d.state in ('queued', 'sending')) <> (o.delivery is not null)
        union select i.conversation from item i where i.direction = 'outbound' and i.routed
          and not exists (select from delivery d where d.conversation = i.conversation and d.seq = i.seq)
        """);
    OFFENDERS.put(
        "an answer answers what was there before",
        "select conversation from item where reply_to >= seq or reply_to < 1");
    OFFENDERS.put(
        "an item shows the reactions that are there, twenty emojis at most, and names ten for each",
        """
        select coalesce(s.conversation, r.conversation)
        from (
          select i.conversation, i.seq, x.emoji, x.count, x.parties
          from item i cross join jsonb_to_recordset(i.reactions) as x (emoji text, count bigint, parties bigint[])
        ) s full join (
          select conversation, seq, emoji, count(*) as count, array_agg(party) as parties from reaction group by 1, 2, 3
        ) r using (conversation, seq, emoji)
        where s.count is distinct from r.count or not s.parties <@ r.parties or cardinality(s.parties) <> least(r.count, 10)
        union select conversation from reaction group by conversation, seq having count(distinct emoji) > 20
        """);
  }

  private TimelineInvariants() {}

  /** Fails with the offenders, if there are any. */
  public static void check(String url) {
    try (Connection connection = Migrations.connect(DatabaseAddress.of(url));
        Statement statement = connection.createStatement()) {
      for (Map.Entry<String, String> invariant : OFFENDERS.entrySet()) {
        try (ResultSet rows = statement.executeQuery(invariant.getValue())) {
          assertThat(rows.next() ? "conversation " + rows.getString(1) : "nobody")
              .describedAs(invariant.getKey())
              .isEqualTo("nobody");
        }
      }
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
