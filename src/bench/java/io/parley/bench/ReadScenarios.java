package io.parley.bench;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reading: who am I, pages of history near and deep, the list of somebody with many conversations. */
final class ReadScenarios {
  private static final int CONNECTIONS = 32;

  private final Server server;
  private final double seconds;
  private final int rounds;
  private final Report report;

  ReadScenarios(Server server, double seconds, int rounds, Report report) {
    this.server = server;
    this.seconds = seconds;
    this.rounds = rounds;
    this.report = report;
  }

  void me() throws Exception {
    report.title("GET /api/users/me");
    String token = server.user("reader");
    int barePort = Child.freePort();
    try (Child bare = Child.java("bare", java.util.Map.of(), "-cp", System.getProperty("java.class.path"), BareServer.class.getName(), Integer.toString(barePort));
        Load ours = new Load(server.port);
        Load limit = new Load(barePort)) {
      bare.ready("http://127.0.0.1:" + barePort + "/");
      Buffer request = Load.get("/api/users/me", token);
      Buffer plain = Load.get("/", "");
      List<Double> rates = new ArrayList<>();
      List<Double> limits = new ArrayList<>();
      List<Double> cpu = new ArrayList<>();
      List<Double> limitCpu = new ArrayList<>();
      ours.closed(CONNECTIONS, seconds, connection -> request, (connection, body) -> {});
      limit.closed(CONNECTIONS, seconds, connection -> plain, (connection, body) -> {});
      for (int round = 0; round < rounds; round++) {
        rates.add(measured(ours, request, server.gateway.pid(), cpu));
        limits.add(measured(limit, plain, bare.pid(), limitCpu));
      }
      report.row("requests a second", Report.number(Report.median(rates)));
      report.row("bare Vert.x", Report.number(Report.median(limits)));
      report.row("CPU µs per request", Report.number(Report.median(cpu)) + " (bare " + Report.number(Report.median(limitCpu)) + ")");
      report.atLeast("against bare Vert.x", Report.median(rates) / Report.median(limits), 0.5, "×");
    }
  }

  private double measured(Load load, Buffer request, long pid, List<Double> cpu) {
    double before = Cpu.micros(List.of(pid))[0];
    Load.Outcome outcome = load.closed(CONNECTIONS, seconds, connection -> request, (connection, body) -> {
          if (!body.contains("\"username\"")) {
            throw new IllegalStateException(body);
          }
        });
    cpu.add((Cpu.micros(List.of(pid))[0] - before) / outcome.answered());
    if (outcome.failed() > 0) {
      throw new IllegalStateException("refused");
    }
    return outcome.perSecond();
  }

  void history(List<Integer> sizes, Optional<PgBench> pgbench) throws Exception {
    String token = server.user("historian");
    for (int size : sizes) {
      report.title("History page of 50 from " + Report.number(size) + " messages");
      long talk = fill(size);
      List<Double> first = new ArrayList<>();
      List<Double> deepest = new ArrayList<>();
      List<Double> cpu = new ArrayList<>();
      List<Double> select = new ArrayList<>();
      List<Long> pids = List.of(server.gateway.pid(), server.postmaster());
      Buffer near = Load.get("/history/" + talk + "?limit=50&offset=0", token);
      Buffer deep = Load.get("/history/" + talk + "?limit=50&offset=" + (size - 50), token);
      String script =
          "select i.seq, i.author, i.body, i.created_at, p.name, (select min(read_seq) from member m where m.conversation = i.conversation and m.party <> i.author) >= i.seq as read from item i join party p on p.id = i.author where i.conversation = %d and i.message_no > %d order by i.message_no limit 50;\n"
              .formatted(talk, size - 50);
      try (Load load = new Load(server.port)) {
        load.closed(4, seconds, connection -> deep, (connection, body) -> {});
        for (int round = 0; round < rounds; round++) {
          first.add(page(load, near, "\"offset\":0", null, pids));
          deepest.add(page(load, deep, "\"offset\":" + (size - 50), cpu, pids));
          pgbench.ifPresent(
              peer -> {
                double before = Cpu.micros(List.of(server.postmaster()))[0];
                long began = System.nanoTime();
                PgBench.Outcome outcome = peer.onGateway().run(script, 4, Math.max(1, seconds), 0);
                double used = Cpu.micros(List.of(server.postmaster()))[0] - before;
                select.add(used / (outcome.perSecond() * ((System.nanoTime() - began) / 1e9)));
              });
        }
      }
      report.row("first page, p99 ms", Report.number(Report.median(first)));
      report.row("deepest page, p99 ms", Report.number(Report.median(deepest)));
      report.atMost("deepest against first", Report.median(deepest) / Report.median(first), 1.25, "×");
      report.row("CPU µs per page, gateway + PostgreSQL", Report.number(Report.median(cpu)));
      if (!select.isEmpty()) {
        report.row("pgbench, the same select, CPU µs of PostgreSQL", Report.number(Report.median(select)));
        report.atMost("CPU against the select", Report.median(cpu) / Report.median(select), 2, "×");
      }
    }
  }

  private double page(Load load, Buffer request, String expected, List<Double> cpu, List<Long> pids) {
    double[] before = Cpu.micros(pids);
    Load.Outcome outcome = load.closed(4, seconds, connection -> request, (connection, body) -> {
          if (!body.contains(expected)) {
            throw new IllegalStateException(body);
          }
        });
    double[] after = Cpu.micros(pids);
    if (cpu != null) {
      cpu.add((after[0] + after[1] - before[0] - before[1]) / outcome.answered());
    }
    return outcome.latency().getValueAtPercentile(99) / 1e6;
  }

  /** A conversation of the historian's with so many messages, as appending them would have left it. */
  private long fill(int size) {
    long talk = Long.parseLong(server.one("gateway", "update conversation_counter set last = last + 1 returning last"));
    server.execute(
        "gateway",
        """
        insert into conversation (id, kind, name, owner, last_seq, rev, messages, member_count, created_at, active_at)
          select %1$d, 'group', 'long', p.id, %2$d, %2$d + 1, %2$d, 1, now(), now() from party p where p.handle = 'historian';
        insert into member (conversation, party, role, read_seq, joined_at)
          select %1$d, p.id, 'owner', %2$d, now() from party p where p.handle = 'historian';
        insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, key, request, created_at, updated_at)
          select %1$d, g, g + 1, g + 1, g, p.id, 'message', repeat('x', 256), gen_random_uuid(), gen_random_uuid(), now(), now()
          from generate_series(1, %2$d) g, party p where p.handle = 'historian';
        analyze item"""
            .formatted(talk, size));
    return talk;
  }

  void conversations() throws Exception {
    report.title("listConversations of a user with 10 000");
    String token = server.user("popular");
    server.execute(
        "gateway",
        """
        with b as (select last from conversation_counter)
        insert into conversation (id, kind, name, owner, rev, member_count, created_at, active_at)
          select b.last + g, 'group', 'group ' || g, p.id, 1, 10, now(), now() - make_interval(secs => g * 7919 % 10000)
          from generate_series(1, 10000) g, b, party p where p.handle = 'popular';
        insert into member (conversation, party, role, joined_at)
          select b.last + g, p.id, 'owner', now() from generate_series(1, 10000) g, conversation_counter b, party p where p.handle = 'popular';
        insert into member (conversation, party, joined_at)
          select b.last + g, p.id, now() from generate_series(1, 10000) g, conversation_counter b,
            lateral (select id from party where kind = 'person' and handle <> 'popular' order by id limit 9) p;
        update conversation_counter set last = last + 10000;
        analyze""");
    try (Load load = new Load(server.port)) {
      Buffer request = Load.get("/api/conversations?limit=50", token);
      load.closed(2, seconds, connection -> request, (connection, body) -> {});
      List<Double> latencies = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        Load.Outcome outcome = load.closed(2, seconds, connection -> request, (connection, body) -> {});
        latencies.add(outcome.latency().getValueAtPercentile(99) / 1e6);
      }
      report.atMost("p99 ms", Report.median(latencies), 50, "");
    }
  }
}
