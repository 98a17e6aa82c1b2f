package io.parley.bench;

/** Long timelines and long lists, inserted by SQL as the API would have left them. */
final class SeededTimelines {
  private SeededTimelines() {}

  /**
   * A group of {@code owner} and one other with that many messages of 256 characters, by the owner,
   * half of them read.
   */
  static long fillTimeline(BenchPostgres postgres, String owner, String other, long messages) {
    long id = postgres.number(GatewayServer.DATABASE, "select next_conversation_id()");
    postgres.execute(
        GatewayServer.DATABASE,
        """
        insert into conversation
            (id, kind, name, owner, last_seq, rev, messages, member_count, created_at, active_at)
          select %1$d, 'group', 'Long', p.id, %2$d, %2$d + 1, %2$d, 2, '2026-01-01', '2026-02-01'
          from party p where p.handle = '%3$s';
        insert into member (conversation, party, role, read_seq, joined_at)
          select %1$d, p.id, case when p.handle = '%3$s' then 'owner' else 'member' end,
            case when p.handle = '%3$s' then %2$d else %2$d / 2 end, '2026-01-01'
          from party p where p.handle in ('%3$s', '%4$s');
        insert into change (conversation, kind, subject, rev, at)
          values (%1$d, 'conversation', 0, 1, '2026-01-01');
        insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, key,
            request, created_at, updated_at)
          select %1$d, g, g + 1, g + 1, g, p.id, 'message', repeat('x', 256), gen_random_uuid(),
            gen_random_uuid(), t.at, t.at
          from party p, generate_series(1, %2$d) g,
            lateral (select timestamptz '2026-01-01' + g * interval '100 ms' as at) t
          where p.handle = '%3$s';
        """
            .formatted(id, messages, owner, other));
    settle(postgres);
    return id;
  }

  /** Groups of {@code owner} and nine others, with three messages each, of which two are unread. */
  static void fillList(BenchPostgres postgres, String owner, int conversations) {
    long before = postgres.number(GatewayServer.DATABASE, "select last from conversation_counter");
    postgres.execute(
        GatewayServer.DATABASE,
        """
        insert into party (kind, handle, name)
          select 'person', 'l' || g, 'Listed ' || g from generate_series(1, 1000) g;
        insert into account (id, email, role)
          select p.id, p.handle || '@example.org', 'user' from party p where p.handle ~ '^l[0-9]+$';
        insert into conversation
            (id, kind, name, owner, last_seq, rev, messages, member_count, created_at, active_at)
          select %1$d + g, 'group', 'Group ' || g, p.id, 3, 4, 3, 10, '2026-01-01',
            timestamptz '2026-02-01' + g * 7919 %% %2$d * interval '1 minute'
          from generate_series(1, %2$d) g, party p where p.handle = '%3$s';
        insert into member (conversation, party, role, read_seq, joined_at)
          select c.id, c.owner, 'owner', 1, c.created_at from conversation c where c.id > %1$d
          union all
          select c.id, p.id, 'member', 3, c.created_at
          from conversation c cross join generate_series(1, 9) k
            join party p on p.handle = 'l' || (1 + (c.id * 9 + k) %% 1000)
          where c.id > %1$d;
        insert into change (conversation, kind, subject, rev, at)
          select c.id, 'conversation', 0, 1, c.created_at from conversation c where c.id > %1$d;
        insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, key,
            request, created_at, updated_at)
          select c.id, s, s + 1, s + 1, s, m.party, 'message', repeat('x', 256), gen_random_uuid(),
            gen_random_uuid(), c.active_at, c.active_at
          from conversation c cross join generate_series(1, 3) s,
            lateral (select min(m.party) as party from member m
              where m.conversation = c.id and m.role = 'member') m
          where c.id > %1$d;
        update conversation_counter set last = last + %2$d;
        """
            .formatted(before, conversations, owner));
    settle(postgres);
  }

  // as after a quiet night: statistics known, pages marked, nothing left to write or to tally; what
  // is made up here has no words to look for
  static void settle(BenchPostgres postgres) {
    postgres.execute(
        GatewayServer.DATABASE,
        """
        insert into texted (conversation, seq, rev) select c.id, c.last_seq, c.rev from conversation c
          on conflict (conversation) do update set seq = excluded.seq, rev = excluded.rev
        """);
    String tally =
        "select coalesce(tally_messages(500000, floor(extract(epoch from now()) / 3600)::integer - 768), 1)";
    while (postgres.number(GatewayServer.DATABASE, tally) > 0) {
      Thread.onSpinWait(); // a batch after the other
    }
    postgres.execute(GatewayServer.DATABASE, "vacuum analyze");
    postgres.execute(GatewayServer.DATABASE, "checkpoint");
  }
}
