package io.parley.bench;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Durable sends over REST: 64 connections, 1 000 groups of 10, 256-byte bodies, client ids, tokens. */
final class SendScenario {
  private static final int CONNECTIONS = 64;
  private static final int GROUPS = 1_000;
  private static final int SENDERS = 16;
  private static final String TEXT = "x".repeat(256);

  private final Server server;
  private final double seconds;
  private final int rounds;
  private final Report report;
  private final List<String> tokens = new ArrayList<>();
  private final AtomicLong next = new AtomicLong();
  private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();

  SendScenario(Server server, double seconds, int rounds, Report report) {
    this.server = server;
    this.seconds = seconds;
    this.rounds = rounds;
    this.report = report;
  }

  /** Signs up the senders by the API; groups and their other members by SQL, as the API would have left them. */
  void prepare() throws Exception {
    for (int i = 0; i < SENDERS; i++) {
      tokens.add(server.user("sender" + i));
    }
    server.execute(
        "gateway",
        """
        insert into party (kind, handle, name) select 'person', 'm' || g, 'm' || g from generate_series(1, 9000) g;
        insert into account (id, email, role) select id, handle || '@m.example', 'user' from party where handle ~ '^m[0-9]+$';
        insert into conversation (id, kind, name, owner, rev, member_count, created_at, active_at)
          select g, 'group', 'group ' || g, (select id from party where handle = 'sender' || (g % 16)), 1, 10, now(), now() from generate_series(1, 1000) g;
        update conversation_counter set last = 1000;
        insert into member (conversation, party, role, joined_at)
          select g, p.id, case when p.handle = 'sender' || (g % 16) then 'owner' else 'member' end, now()
          from generate_series(1, 1000) g, party p
          where p.handle = 'sender' || (g % 16) or p.handle in (select 'm' || ((g - 1) * 9 + k) from generate_series(1, 9) k);
        insert into change (conversation, kind, subject, rev, at) select g, 'conversation', 0, 1, now() from generate_series(1, 1000) g;
        analyze""");
  }

  private Buffer request(int connection) {
    int group = 1 + ThreadLocalRandom.current().nextInt(GROUPS);
    String body = "{\"body\":\"" + TEXT + "\",\"client_id\":\"b" + next.incrementAndGet() + "\"}";
    return Load.post("/api/conversations/" + group + "/messages", tokens.get(group % SENDERS), body);
  }

  private void answered(int connection, String body) {
    int at = body.indexOf("\"client_id\":\"") + 13;
    acknowledged.add(body.substring(at, body.indexOf('"', at)));
  }

  /** Messages a second, the median. */
  double run(Optional<PgBench> pgbench, Optional<FastifyPeer> fastify) throws Exception {
    report.title("Durable sends");
    List<Double> ours = new ArrayList<>();
    List<Double> plain = new ArrayList<>();
    List<Double> best = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> gatewayCpu = new ArrayList<>();
    List<Double> databaseCpu = new ArrayList<>();
    List<Double> commits = new ArrayList<>();
    List<Long> pids = List.of(server.gateway.pid(), server.postmaster());
    try (Load load = new Load(server.port)) {
      load.closed(CONNECTIONS, seconds, this::request, this::answered);
      for (int round = 0; round < rounds; round++) {
        double[] before = Cpu.micros(pids);
        long commitsBefore = commits();
        Load.Outcome outcome = load.closed(CONNECTIONS, seconds, this::request, this::answered);
        double[] after = Cpu.micros(pids);
        ours.add(outcome.perSecond());
        gatewayCpu.add((after[0] - before[0]) / outcome.answered());
        databaseCpu.add((after[1] - before[1]) / outcome.answered());
        commits.add((commits() - commitsBefore) / (double) outcome.answered());
        if (outcome.failed() > 0) {
          throw new IllegalStateException(outcome.failed() + " sends were refused");
        }
        pgbench.ifPresent(
            peer -> {
              plain.add(peer.run(PgBench.BUMP_AND_INSERT, 16, seconds, 0).perSecond());
              best.add(peer.run(PgBench.ONE_STATEMENT, 16, seconds, 0).perSecond());
            });
        fastify.ifPresent(peer -> theirs.add(peer.send(CONNECTIONS, seconds, TEXT)));
      }
    }
    double rate = Report.median(ours);
    report.row("messages a second", Report.number(rate));
    if (pgbench.isEmpty()) {
      report.row("pgbench", "NOT MEASURED: install postgresql-contrib");
    } else {
      report.row("pgbench, bump + insert, one commit each", Report.number(Report.median(plain)));
      report.row("pgbench, one statement", Report.number(Report.median(best)));
      report.atLeast("against bump + insert", rate / Report.median(plain), 1.7, "×");
      report.atLeast("against one statement", rate / Report.median(best), 0.95, "×");
    }
    fastify.ifPresent(
        peer -> {
          report.row("Fastify + pg, one statement", Report.number(Report.median(theirs)));
          report.atLeast("against Fastify + pg", rate / Report.median(theirs), 1.8, "×");
        });
    double gateway = Report.median(gatewayCpu);
    double database = Report.median(databaseCpu);
    report.atMost("CPU µs per send, gateway", gateway, 45, "");
    report.atMost("CPU µs per send, PostgreSQL", database, 45, "");
    report.atMost("CPU µs per send, both", gateway + database, 90, "");
    report.atMost("commits per message", Report.median(commits), 0.2, "");
    return rate;
  }

  private long commits() throws InterruptedException {
    Thread.sleep(1_100); // backends report their counts at most once a second
    return Long.parseLong(server.one("gateway", "select xact_commit from pg_stat_database where datname = 'gateway'"));
  }

  /** Half the rate, open loop, beside pgbench at the same rate. */
  void latency(double rate, Optional<PgBench> pgbench) {
    report.title("Latency at half the rate, from the intended time");
    double half = rate / 2;
    List<Double> ours = new ArrayList<>();
    List<Double> ourMedians = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    try (Load load = new Load(server.port)) {
      for (int round = 0; round < rounds; round++) {
        Load.Outcome outcome = load.open(CONNECTIONS, seconds, half, this::request);
        ours.add(outcome.latency().getValueAtPercentile(99) / 1e6);
        ourMedians.add(outcome.latency().getValueAtPercentile(50) / 1e6);
        pgbench.ifPresent(peer -> theirs.add(peer.run(PgBench.ONE_STATEMENT, 16, seconds, half).percentile(0.99)));
      }
    }
    report.row("rate", Report.number(half) + " messages a second");
    report.row("median ms", Report.number(Report.median(ourMedians)));
    report.row("p99 ms", Report.number(Report.median(ours)));
    if (!theirs.isEmpty()) {
      report.row("pgbench -R, p99 ms", Report.number(Report.median(theirs)));
      report.atMost("p99 against pgbench", Report.median(ours) / Report.median(theirs), 1.5, "×");
    }
  }

  /** Every acknowledged message is read back over the API, once. */
  void check() throws Exception {
    Set<String> kept = ConcurrentHashMap.newKeySet();
    for (int group = 1; group <= GROUPS; group++) {
      String token = tokens.get(group % SENDERS);
      long seq = 0;
      String cursor = "";
      do {
        JsonObject page = server.call("GET", "/api/conversations/" + group + "/messages?limit=200" + cursor, token, "");
        JsonArray data = page.getJsonArray("data");
        for (int i = 0; i < data.size(); i++) {
          JsonObject item = data.getJsonObject(i);
          if (item.getLong("seq") != ++seq || !kept.add(item.getString("client_id"))) {
            throw new IllegalStateException("a hole or a duplicate at " + item.getString("id"));
          }
        }
        cursor = page.getString("next") == null ? "" : "&cursor=" + page.getString("next");
      } while (!cursor.isEmpty());
    }
    for (String key : acknowledged) {
      if (!kept.contains(key)) {
        throw new IllegalStateException("acknowledged and missing: " + key);
      }
    }
    report.row("acknowledged and read back", acknowledged.size() + " of " + acknowledged.size());
  }
}
