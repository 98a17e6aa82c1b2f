package io.parley.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * The 1 000 groups of 10 that receive the sends. Four members of each signed up through the API and
 * can send; the others are rows with a copied password hash, because hashing costs more than all
 * rows.
 */
final class LoadGroups {
  static final int COUNT = 1_000;
  static final int WRITERS = 4;
  private static final int SENDERS = 64;

  private final List<String> tokens = new ArrayList<>();
  private final long before;

  LoadGroups(BenchContext bench) throws Exception {
    for (int i = 0; i < SENDERS; i++) {
      tokens.add(bench.server().user("sender" + i));
    }
    BenchPostgres postgres = bench.postgres();
    before = postgres.number(GatewayServer.DATABASE, "select last from conversation_counter");
    postgres.execute(GatewayServer.DATABASE, members());
    postgres.execute(GatewayServer.DATABASE, "vacuum analyze");
  }

  private String members() {
    return """
        insert into party (kind, handle, name)
          select 'person', 'm' || g, 'Member ' || g from generate_series(1, 10000) g;
        insert into account (id, email, password_hash, role)
          select p.id, p.handle || '@example.org', s.password_hash, 'user'
          from party p, account s where p.handle ~ '^m[0-9]+$' and s.email = 'sender0@example.org';
        insert into conversation
            (id, kind, name, owner, rev, member_count, created_at, active_at)
          select %1$d + g, 'group', 'Group ' || g, o.id, 1, 10, t.now, t.now
          from generate_series(1, %2$d) g
            join party o on o.handle = 'sender' || (g %% %3$d),
            (select date_trunc('milliseconds', now()) as now) t;
        insert into member (conversation, party, role, joined_at)
          select %1$d + g, p.id, case when k = 0 then 'owner' else 'member' end,
            date_trunc('milliseconds', now())
          from generate_series(1, %2$d) g cross join generate_series(0, 9) k
            join party p on p.handle = case
              when k < %4$d then 'sender' || ((g + k * 7) %% %3$d) else 'm' || (g * 10 + k - 9) end;
        insert into change (conversation, kind, subject, rev, at)
          select c.id, 'conversation', 0, 1, c.created_at from conversation c where c.id > %1$d;
        update conversation_counter set last = last + %2$d;
        """
        .formatted(before, COUNT, SENDERS, WRITERS);
  }

  /** The conversation of group 1 to {@link #COUNT}. */
  long conversation(int group) {
    return before + group;
  }

  /** The token of one of the members who can send; 0 is the owner. */
  String token(int group, int writer) {
    return tokens.get((group + writer * 7) % SENDERS);
  }
}
