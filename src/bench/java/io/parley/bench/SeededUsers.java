package io.parley.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Users with logins, and groups of ten, inserted as rows: hashing their passwords would take longer
 * than the measurement. Their tokens are signed with the gateway's own key.
 */
final class SeededUsers {
  static final int GROUP = 10;

  private final List<String> tokens = new ArrayList<>();
  private final int perUser;
  private final int users;
  private final long groupsBefore;

  /** {@code users} and as many groups that each is in {@code perUser} of them. */
  SeededUsers(BenchContext bench, String prefix, int users, int perUser) {
    this.users = users;
    this.perUser = perUser;
    BenchPostgres postgres = bench.postgres();
    groupsBefore = postgres.number(GatewayServer.DATABASE, "select last from conversation_counter");
    postgres.execute(GatewayServer.DATABASE, rows(prefix));
    postgres.execute(GatewayServer.DATABASE, "vacuum analyze");
    SignedTokens signed = SignedTokens.of(postgres, GatewayServer.DATABASE);
    long first =
        postgres.number(
            GatewayServer.DATABASE, "select min(id) from party where handle = '" + prefix + "1'");
    for (int i = 0; i < users; i++) {
      tokens.add(signed.token(first + i, login(prefix, i + 1)));
    }
  }

  private String rows(String prefix) {
    return """
        insert into party (kind, handle, name)
          select 'person', '%1$s' || g, 'Member ' || g from generate_series(1, %2$d) g order by g;
        insert into account (id, email, role)
          select p.id, p.handle || '@example.org', 'user' from party p where p.handle ~ '^%1$s[0-9]+$';
        insert into login (id, account, expires_at)
          select md5('%1$s' || substr(p.handle, length('%1$s') + 1))::uuid, p.id, now() + interval '1 day'
          from party p where p.handle ~ '^%1$s[0-9]+$';
        insert into conversation (id, kind, name, owner, rev, member_count, created_at, active_at)
          select %3$d + g, 'group', 'Group ' || g, o.id, 1, %4$d, t.now, t.now
          from generate_series(1, %5$d) g
            join party o on o.handle = '%1$s' || ((g - 1) * %4$d) %% %2$d + 1,
            (select date_trunc('milliseconds', now()) as now) t;
        insert into member (conversation, party, role, joined_at)
          select %3$d + g, p.id, case when k = 0 then 'owner' else 'member' end, date_trunc('milliseconds', now())
          from generate_series(1, %5$d) g cross join generate_series(0, %4$d - 1) k
            join party p on p.handle = '%1$s' || ((g - 1) * %4$d + k) %% %2$d + 1;
        insert into change (conversation, kind, subject, rev, at)
          select c.id, 'conversation', 0, 1, c.created_at from conversation c where c.id > %3$d;
        update conversation_counter set last = last + %5$d;
        """
        .formatted(prefix, users, groupsBefore, GROUP, groups());
  }

  private static UUID login(String prefix, int number) {
    return SignedTokens.login(prefix + number);
  }

  int groups() {
    return users * perUser / GROUP;
  }

  /** The conversation of group 0 and up. */
  long conversation(int group) {
    return groupsBefore + group + 1;
  }

  int groupOf(long conversation) {
    return (int) (conversation - groupsBefore - 1);
  }

  /** The user who is this member of that group. */
  int member(int group, int number) {
    return (group * GROUP + number) % users;
  }

  String token(int user) {
    return tokens.get(user);
  }
}
