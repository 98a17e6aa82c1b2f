package io.parley.bench;

import io.parley.bench.Report.Samples;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The top-users and top-conversations queries over a year of 10 000 users and conversations, and
 * what the background jobs behind them cost the sends.
 */
final class AnalyticsScenario {
  private static final int LINES = 2;
  private static final int USERS = 10_000;
  private static final int DAYS = 365;
  private static final int CHECKED = 10;
  private static final long SEED = 7;

  private final BenchContext bench;
  private final Report report;

  AnalyticsScenario(BenchContext bench) {
    this.bench = bench;
    this.report = bench.report();
  }

  void run() throws Exception {
    cost();
    String token = bench.server().user("analyst");
    Instant first = Instant.parse("2025-01-01T00:00:00Z");
    long wanted = bench.full() ? 10_000_000 : 1_000_000;
    fill(first, wanted);
    long began = System.nanoTime();
    SeededTimelines.settle(bench.postgres());
    double seconds = (System.nanoTime() - began) / 1e9;
    long messages =
        bench.postgres().number(GatewayServer.DATABASE, "select sum(messages) from conversation");
    report.title(
        "Analytics over "
            + Report.number((double) messages)
            + " messages, "
            + LINES
            + " connections");
    report.row("seconds to tally and vacuum them", seconds);
    RandomRangeTraffic ranges =
        new RandomRangeTraffic(token, first, Duration.ofDays(DAYS).toMillis(), SEED);
    for (int i = 0; i < CHECKED; i++) {
      compare(ranges.path(), token);
    }
    compare("/api/analytics/users?", token);
    compare("/api/analytics/conversations?", token);
    report.row("answers that were those of a plain count", CHECKED + 2);
    measure(token, ranges);
  }

  private void measure(String token, RandomRangeTraffic ranges) {
    Samples always = new Samples();
    Samples any = new Samples();
    RepeatedRequest users = RepeatedRequest.get("/api/analytics/users", token, "\"messages\":");
    try (HttpLoad load = new HttpLoad(bench.server().port())) {
      MeasuredRound.Outcome _ = load.closed(LINES, bench.readSeconds(), users);
      for (int round = 0; round < bench.rounds(); round++) {
        always.add(load.closed(LINES, bench.readSeconds(), users).millis(99));
        any.add(load.closed(LINES, bench.seconds(), ranges).millis(99));
      }
    }
    report.atMost("top five of all time, p99 ms", always.median(), 50, "");
    report.atMost("top five of any range, p99 ms", any.median(), 250, "");
  }

  /** An answer must be what counting the items says. */
  private void compare(String path, String token) throws Exception {
    JsonArray told = bench.server().get(path, token).getJsonArray("data");
    String what = path.contains("users") ? "user" : "conversation";
    List<String> ranks = new ArrayList<>();
    for (int i = 0; i < told.size(); i++) {
      JsonObject rank = told.getJsonObject(i);
      ranks.add(rank.getJsonObject(what).getLong("id") + ":" + rank.getLong("messages"));
    }
    String counted = bench.postgres().one(GatewayServer.DATABASE, plain(path, what));
    if (!String.join(" ", ranks).equals(counted)) {
      throw new IllegalStateException(path + " answers " + ranks + ", but the count is " + counted);
    }
  }

  private static String plain(String path, String what) {
    int start = path.indexOf("start=");
    String range =
        start < 0
            ? ""
            : "and created_at >= '%s' and created_at < '%s'"
                .formatted(
                    path.substring(start + 6, path.indexOf('&')),
                    path.substring(path.indexOf("end=") + 4));
    return """
    select string_agg(subject || ':' || n, ' ' order by n desc, subject) from (
      select %s as subject, count(*) as n from item where type = 'message' %s
      group by 1 order by 2 desc, 1 limit 5) x
    """
        .formatted(what.equals("user") ? "author" : "conversation", range);
  }

  /**
   * Groups of ten among the users, of which some are two, three, four times as lively as others,
   * and whose first members write most. In order of time, as the API would have left it.
   */
  private void fill(Instant first, long messages) {
    long before =
        bench.postgres().number(GatewayServer.DATABASE, "select last from conversation_counter");
    long rounds = messages * 48 / 25 / USERS;
    bench
        .postgres()
        .execute(
            GatewayServer.DATABASE,
            """
            set session_replication_role = replica; -- the keys fit by arithmetic: nobody has to check
            insert into party (kind, handle, name)
              select 'person', 'analysed' || g, 'Analysed ' || g from generate_series(0, %2$d - 1) g;
            insert into account (id, email, role)
              select p.id, p.handle || '@example.org', 'user' from party p where p.handle ~ '^analysed[0-9]+$';
            create temporary table analysed as
              select substr(p.handle, 9)::integer as number, p.id from party p where p.handle ~ '^analysed[0-9]+$';
            create unique index on analysed (number);
            analyze analysed;
            insert into conversation
                (id, kind, name, owner, last_seq, rev, messages, member_count, created_at, active_at)
              select %1$d + 1 + k, 'group', 'Analysed ' || k, a.id, m.n, m.n + 1, m.n, 10, '%4$s',
                timestamptz '%4$s' + interval '%5$d days'
              from generate_series(0, %2$d - 1) k join analysed a on a.number = k,
                lateral (select (%3$d - 1) / (1 + k %% 4) + 1 as n) m;
            insert into member (conversation, party, role, joined_at)
              select %1$d + 1 + k, a.id, case when i = 0 then 'owner' else 'member' end, '%4$s'
              from generate_series(0, %2$d - 1) k cross join generate_series(0, 9) i
                join analysed a on a.number = (k + i * 997) %% %2$d;
            insert into change (conversation, kind, subject, rev, at)
              select %1$d + 1 + k, 'conversation', 0, 1, '%4$s' from generate_series(0, %2$d - 1) k;
            update conversation_counter set last = last + %2$d;
            insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, key,
                request, created_at, updated_at)
              select %1$d + 1 + x.k, x.seq, x.seq + 1, x.seq + 1, x.seq, a.id, 'message', 'said', gen_random_uuid(),
                gen_random_uuid(), x.at, x.at
              from (
                select k, b / (1 + k %% 4) + 1 as seq, ((b * 31 + k) %% 100)::double precision / 100 as who,
                  date_trunc('milliseconds', timestamptz '%4$s'
                    + (b * %2$d + j) * (interval '%5$d days' / (%3$d::bigint * %2$d))) as at
                from generate_series(0, %3$d - 1) b cross join generate_series(0, %2$d - 1) j,
                  lateral (select (j * 7919 + b * 13) %% %2$d as k) k
                where b %% (1 + k %% 4) = 0
              ) x
              join analysed a on a.number = (x.k + floor(10 * x.who * x.who)::integer * 997) %% %2$d;
            """
                .formatted(before, USERS, rounds, first, DAYS));
  }

  private void cost() throws Exception {
    Samples with = new Samples();
    Samples without = new Samples();
    Samples stamped = new Samples();
    CpuCosts costs = new CpuCosts(bench);
    try (SendLoad sends = new SendLoad(bench)) {
      MeasuredRound.Outcome _ = sends.closed(bench.warmSeconds());
      for (int round = 0; round < bench.rounds() + 1; round++) {
        // to and fro, so that nobody always comes first
        if (round % 2 == 0) {
          with.add(costs.of(() -> sends.closed(bench.seconds())).perSecond());
        }
        without.add(bare(sends, true));
        stamped.add(bare(sends, false));
        if (round % 2 == 1) {
          with.add(costs.of(() -> sends.closed(bench.seconds())).perSecond());
        }
      }
      sends.readBack();
    }
    report.title("What tallying and indexing cost durable sends, alternating");
    report.row("messages a second, with them", with);
    report.row("messages a second, with the index of times alone", stamped);
    report.row("messages a second, without them", without);
    costs.rows(report);
    report.atLeast("with against without", with.median() / without.median(), 0.95, "×");
  }

  // the holder of these locks is the only one that tallies and indexes
  private double bare(SendLoad sends, boolean unstamped) throws Exception {
    try (Connection session = bench.postgres().connect(GatewayServer.DATABASE);
        Statement statement = session.createStatement()) {
      if (unstamped) {
        var _ = statement.execute("drop index item_created");
      }
      var _ =
          statement.execute(
              "select pg_advisory_lock(hashtextextended('parley ' || w, 0)) from unnest(array['tally', 'index']) w");
      double rate = sends.closed(bench.seconds()).perSecond();
      var _ =
          statement.execute(
              "create index if not exists item_created on item using brin (created_at timestamptz_minmax_multi_ops (values_per_range = 16)) with (pages_per_range = 16, autosummarize = on)");
      return rate;
    }
  }
}
