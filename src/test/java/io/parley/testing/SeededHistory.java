package io.parley.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Direct SQL, and conversations that have been going on for long. */
public final class SeededHistory {
  private final TestDatabase database;

  public SeededHistory(String url) {
    this.database = new TestDatabase(url);
  }

  public Connection connect() throws SQLException {
    return database.connect();
  }

  public List<List<String>> query(String sql) {
    return database.rows(sql);
  }

  public void run(String sql) {
    database.run(sql);
  }

  public String one(String sql) {
    return database.one(sql);
  }

  /**
   * Items in groups that hold none yet, by their members, over the days before now, in order, as
   * the API would have left them; every fifth is no message.
   */
  public void fill(int items, int days, double seed) {
    run(
        """
        select setseed(%3$s);
        create temporary table drawn as
          select c.id as conversation,
            date_trunc('milliseconds', now() - random() ^ 2 * interval '%2$d days') as at, random() < 0.8 as message,
            random() as who
          from conversation c join generate_series(1, %1$d) g on true where c.kind = 'group' and c.last_seq = 0;
        insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, payload, key, request, created_at, updated_at)
          select d.conversation, d.seq, c.rev + d.seq, c.rev + d.seq,
            case when d.message then count(*) filter (where d.message) over (partition by d.conversation order by d.seq) end,
            (select m.party from member m where m.conversation = d.conversation
             order by m.party offset floor(power(d.who, 2) * c.member_count) limit 1),
            case when d.message then 'message' else 'post' end,
            case when d.message then 'old ' || d.seq end,
            case when not d.message then '{"post":{"url":"https://example.org/"}}'::jsonb end,
            gen_random_uuid(), gen_random_uuid(), d.at, d.at
          from (select d.*, row_number() over (partition by d.conversation order by d.at) as seq from drawn d) d
          join conversation c on c.id = d.conversation;
        update conversation c set last_seq = x.n, rev = rev + x.n, messages = x.messages, active_at = x.at
          from (select conversation, count(*) as n, count(message_no) as messages, max(created_at) as at from item group by 1) x
          where x.conversation = c.id and c.last_seq = 0;
        drop table drawn;
        -- as after every import: nothing is known to be tallied or indexed
        update job_progress set complete_until = '-infinity', round_at = null, scan_from = 0
        """
            .formatted(items, days, Double.toString(seed)));
  }
}
