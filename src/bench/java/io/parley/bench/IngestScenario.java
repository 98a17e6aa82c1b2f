package io.parley.bench;

import io.parley.bench.Report.Samples;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/**
 * Inbound webhook messages, acknowledged after the commit, beside the plainest way to store them.
 */
final class IngestScenario {
  private static final int LINES = 64;
  private static final double GOAL = 1.5;

  /** As most would write it: a transaction for each webhook. Numbers up to 100 000 are known. */
  private static final String KEEP =
      """
      \\set again random(1, %1$d)
      \\set fresh random(1000000, 1000000000000)
      \\set known random(1, 100000)
      \\set number case when :again = 1 then :known else :fresh end
      \\set pair case when random(1, %2$d) = 1 then :fresh else random(1, %3$d) end
      begin;
      insert into brought (provider_id, pair, body) values ('m' || (:number)::bigint, 'p' || (:pair)::bigint, repeat('x', 160))
        on conflict (provider_id) do nothing;
      insert into pair as p (addresses, last_seq, active_at) values ('p' || (:pair)::bigint, 1, now())
        on conflict (addresses) do update set last_seq = p.last_seq + 1, active_at = now();
      commit;
      """
          .formatted(IngestTraffic.AGAIN_ONE_IN, IngestTraffic.NEW_ONE_IN, IngestTraffic.PAIRS);

  private final BenchContext bench;
  private final CpuCosts costs;
  private final Samples rates = new Samples();
  private final Samples opened = new Samples();
  private final Samples peer = new Samples();
  private final Samples peerCpu = new Samples();
  private final Samples peerClientCpu = new Samples();

  IngestScenario(BenchContext bench) {
    this.bench = bench;
    this.costs = new CpuCosts(bench);
  }

  void run() throws SQLException {
    IngestTraffic traffic = new IngestTraffic(LINES, GatewayServer.WEBHOOK_SECRET);
    bench.pgbench().ifPresent(pgbench -> peerTables());
    try (HttpLoad load = new HttpLoad(bench.server().port())) {
      while (!traffic.isUnderWay()) {
        opened.add(load.closed(LINES, 1, traffic).perSecond());
      }
      MeasuredRound.Outcome _ = load.closed(LINES, bench.warmSeconds(), traffic);
      for (int round = 0; round < bench.rounds(); round++) {
        if (round % 2 == 0) {
          ours(load, traffic);
          bench.pgbench().ifPresent(this::peer);
        } else {
          bench.pgbench().ifPresent(this::peer);
          ours(load, traffic);
        }
      }
    }
    keptOnce(traffic);
    report(bench.report(), traffic);
  }

  private void ours(HttpLoad load, IngestTraffic traffic) {
    rates.add(costs.of(() -> load.closed(LINES, bench.seconds(), traffic)).perSecond());
  }

  private void peer(PgBench pgbench) {
    PgBench.Outcome outcome = pgbench.run(PeerTables.DATABASE, KEEP, LINES, bench.seconds());
    peer.add(outcome.perSecond());
    peerCpu.add(outcome.serverCpu());
    peerClientCpu.add(outcome.clientCpu());
  }

  private void peerTables() {
    bench
        .postgres()
        .execute(
            PeerTables.DATABASE,
            """
            drop table if exists brought, pair;
            create table brought (
              id bigint generated always as identity primary key, provider_id text not null unique,
              pair text not null, body text, at timestamptz default now());
            create index on brought (pair, id);
            create table pair (addresses text primary key, last_seq bigint not null, active_at timestamptz) with (fillfactor = 70);
            insert into brought (provider_id, pair, body)
              select 'm' || g, 'p' || 1 + g %% %1$d, repeat('x', 160) from generate_series(1, 100000) g;
            insert into pair select 'p' || g, 25, now() from generate_series(1, %1$d) g;
            """
                .formatted(IngestTraffic.PAIRS));
    bench.postgres().execute(PeerTables.DATABASE, "vacuum analyze");
  }

  /** Every acknowledged message is there, where its answers said, and nowhere else. */
  private void keptOnce(IngestTraffic traffic) throws SQLException {
    Map<Long, String> kept = new HashMap<>();
    try (Connection connection = bench.postgres().connect(GatewayServer.DATABASE);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select payload #>> '{mail,id}', conversation || ':' || seq from item where payload ? 'mail'")) {
      while (rows.next()) {
        if (kept.put(Long.valueOf(rows.getString(1).substring(1)), rows.getString(2)) != null) {
          throw new IllegalStateException("stored twice: " + rows.getString(1));
        }
      }
    }
    if (!kept.equals(traffic.acknowledged())) {
      throw new IllegalStateException(
          kept.size() + " are kept, and " + traffic.acknowledged().size() + " were acknowledged");
    }
  }

  private void report(Report report, IngestTraffic traffic) {
    report.title(
        "Webhooks: %d connections, signed, %,d pairs and new ones, one in %d brought again"
            .formatted(LINES, IngestTraffic.PAIRS, IngestTraffic.AGAIN_ONE_IN));
    report.row("messages a second", rates);
    if (peer.any()) {
      report.row("pgbench, insert + upsert, one commit each", peer);
      report.atLeast("against pgbench", rates.median() / peer.median(), GOAL, "×");
    } else {
      report.row("pgbench", PgBench.MISSING);
    }
    costs.rows(report);
    if (peer.any()) {
      report.row("pgbench, CPU µs of PostgreSQL", peerCpu);
      report.row("pgbench, CPU µs of its own", peerClientCpu);
    }
    report.row("in the beginning, each of a new pair, a second", opened);
    report.row("acknowledged, each kept once", (double) traffic.acknowledged().size());
  }
}
