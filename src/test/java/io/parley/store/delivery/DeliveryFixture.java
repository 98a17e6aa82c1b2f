package io.parley.store.delivery;

import io.parley.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** Deliveries as an append would have made them, and a look at what became of them. */
public final class DeliveryFixture implements AutoCloseable {
  private final Connection connection;

  public DeliveryFixture(String url) {
    try {
      connection = TestDatabase.connect(url);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * External conversations numbered from 1 on an empty database, each with a contact that is a
   * phone and {@code each} messages to it, due now.
   */
  public void write(int conversations, int each) {
    run(
        """
        insert into party (kind, handle, name)
          select 'phone', '+1555' || lpad(g::text, 7, '0'), 'Phone ' || g from generate_series(0, %1$d) g;
        insert into conversation (id, kind, last_seq, rev, messages, member_count, created_at, active_at)
          select g, 'external', %2$d, %2$d + 1, %2$d, 1, '2026-01-01', '2026-01-01' from generate_series(1, %1$d) g;
        update conversation_counter set last = %1$d;
        insert into member (conversation, party, channel, via, joined_at)
          select g, p.id, 'sms', '+15550000000', '2026-01-01'
          from generate_series(1, %1$d) g join party p on p.handle = '+1555' || lpad(g::text, 7, '0');
        insert into change (conversation, kind, subject, rev, at)
          select g, 'conversation', 0, 1, '2026-01-01' from generate_series(1, %1$d) g;
        insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, key, request, created_at, updated_at)
          select g, s, s + 1, s + 1, s, p.id, 'message', 'body ' || s, gen_random_uuid(), gen_random_uuid(), '2026-01-01', '2026-01-01'
          from generate_series(1, %1$d) g, generate_series(1, %2$d) s, party p where p.handle = '+15550000000';
        insert into delivery (conversation, seq, party, channel, sender, recipient, created_at, updated_at, expires_at)
          select i.conversation, i.seq, m.party, 'sms', '+15550000000', p.handle, clock_timestamp(), clock_timestamp(),
            clock_timestamp() + interval '1 day'
          from item i join member m on m.conversation = i.conversation join party p on p.id = m.party
          order by i.seq, i.conversation;
        insert into outbox (delivery, route, queue, due_at)
          select d.id, 'sms', delivery_queue('sms', d.sender, d.recipient), timestamptz '2026-01-01' + d.id * interval '1 ms'
          from delivery d order by d.id;
        analyze;
        """
            .formatted(conversations, each));
  }

  /** As many conversations with one message each, of which none is queued yet. */
  public void prepare(int conversations) {
    write(conversations, 1);
    run("delete from outbox");
  }

  /** Queues what was prepared under this number, in a commit of its own. */
  public void queue(int delivery) {
    run(
        "insert into outbox (delivery, route, queue, due_at) values (%d, 'sms', %d, clock_timestamp())"
            .formatted(delivery, delivery));
  }

  public void run(String sql) {
    try {
      TestDatabase.run(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The rows' columns, joined by a blank. */
  public List<String> rows(String sql) {
    try {
      return TestDatabase.rows(connection, sql).stream()
          .map(columns -> columns.stream().map(String::valueOf).collect(Collectors.joining(" ")))
          .toList();
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  public String one(String sql) {
    return rows(sql).getFirst();
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
