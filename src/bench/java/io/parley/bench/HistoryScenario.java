package io.parley.bench;

import io.parley.bench.Report.Samples;
import java.util.List;

/** Pages of 50 items, the first and the deepest, of short and long timelines. */
final class HistoryScenario {
  private static final int LINES = 4;
  private static final int PAGE = 50;

  private final BenchContext bench;
  private final HttpLoad load;

  private HistoryScenario(BenchContext bench, HttpLoad load) {
    this.bench = bench;
    this.load = load;
  }

  static void run(BenchContext bench) throws Exception {
    List<Integer> sizes =
        bench.full() ? List.of(10_000, 1_000_000, 10_000_000) : List.of(10_000, 1_000_000);
    String token = bench.server().user("historian");
    String _ = bench.server().user("listener");
    try (HttpLoad load = new HttpLoad(bench.server().port())) {
      for (int size : sizes) {
        new HistoryScenario(bench, load).run(size, token);
      }
    }
  }

  private void run(int size, String token) {
    long id = SeededTimelines.fillTimeline(bench.postgres(), "historian", "listener", size);
    RepeatedRequest first = page(id, 0, size, token);
    RepeatedRequest deepest = page(id, size - PAGE, size, token);
    Samples near = new Samples();
    Samples deep = new Samples();
    CpuCosts costs = new CpuCosts(bench);
    Samples select = new Samples();
    Samples selectAll = new Samples();
    MeasuredRound.Outcome _ = load.closed(LINES, bench.readSeconds(), first);
    MeasuredRound.Outcome _ = load.closed(LINES, bench.seconds(), deepest);
    for (int round = 0; round < bench.rounds(); round++) {
      near.add(load.closed(LINES, bench.readSeconds(), first).millis(99));
      deep.add(costs.of(() -> load.closed(LINES, bench.readSeconds(), deepest)).millis(99));
      bench.pgbench().ifPresent(pgbench -> select(pgbench, id, size, select, selectAll));
    }
    Report report = bench.report();
    report.title("History, page of 50 of " + Report.number(size) + " messages");
    report.row("first page, p99 ms", near);
    report.row("deepest page, p99 ms", deep);
    report.atMost("deepest against first", deep.median() / near.median(), 1.25, "×");
    costs.rows(report);
    if (bench.pgbench().isEmpty()) {
      report.row("pgbench, the same select", PgBench.MISSING);
      return;
    }
    report.row("pgbench, the same select, CPU µs of PostgreSQL", select);
    report.row("and with pgbench itself", selectAll);
    report.atMost("CPU against the select", costs.both() / select.median(), 2, "×");
  }

  private static RepeatedRequest page(long id, int offset, int size, String token) {
    return RepeatedRequest.get(
        "/history/" + id + "?limit=" + PAGE + "&offset=" + offset,
        token,
        "\"id\":\"" + id + ":" + (offset + 1) + "\"",
        "\"id\":\"" + id + ":" + (offset + PAGE) + "\"",
        "\"total\":" + size);
  }

  private void select(PgBench pgbench, long id, int size, Samples server, Samples all) {
    PgBench.Outcome outcome =
        pgbench.run(
            GatewayServer.DATABASE, sameSelect(id, size - PAGE), LINES, bench.readSeconds());
    server.add(outcome.serverCpu());
    all.add(outcome.serverCpu() + outcome.clientCpu());
  }

  // what a page needs: its messages, their authors, and who has read how far
  private static String sameSelect(long id, int offset) {
    return """
    with low as materialized (
      select m.party, m.read_seq from member m where m.conversation = %1$d
      order by m.read_seq limit 2)
    select i.seq, i.body, i.created_at, i.author, p.name,
      (select min(l.read_seq) from low l where l.party <> i.author) >= i.seq as read
    from item i join party p on p.id = i.author
    where i.conversation = %1$d and i.message_no > %2$d order by i.message_no limit %3$d;
    """
        .formatted(id, offset, PAGE);
  }
}
