package io.parley.bench;

import io.parley.bench.Report.Samples;
import io.parley.channel.DeliveriesDue;
import io.parley.channel.Outcome;
import io.parley.dispatch.DispatchVerticle;
import io.parley.dispatch.Provider;
import io.parley.dispatch.ProviderKinds;
import io.parley.dispatch.ProviderListener;
import io.parley.settings.ProviderSettings;
import io.parley.store.delivery.DeliveryFixture;
import io.parley.testing.TestStore;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * The dispatch of queued deliveries through a provider that accepts everything, beside the bare
 * queue in SQL.
 */
final class DispatchScenario {
  private static final String DATABASE = "dispatch";
  private static final int BATCH = 500;
  private static final double MOST_LOSS = 0.10;
  private static final int PACE = 200;

  /** A table of jobs, taken and completed in batches of the same size: no order, no events. */
  private static final String CLAIM_AND_COMPLETE =
      """
      update job set owner = :client_id, leased_until = clock_timestamp() + interval '10 s' where id in (
        select id from job where owner is null order by id limit %1$d for update skip locked);
      delete from job where owner = :client_id;
      """
          .formatted(BATCH);

  /** All of it anew. */
  private static final String QUEUE_AGAIN =
      """
      begin;
      update delivery set state = 'queued', attempts = 0;
      insert into outbox (delivery, route, queue, due_at)
        select d.id, 'sms', delivery_queue('sms', d.sender, d.recipient), clock_timestamp() from delivery d order by d.id;
      commit;
      """;

  private final BenchContext bench;
  private final int rows;
  private final long lasts;

  DispatchScenario(BenchContext bench) {
    this.bench = bench;
    this.rows = bench.quick() ? 50_000 : 100_000;
    this.lasts = TimeUnit.SECONDS.toNanos(bench.quick() ? 5 : 60);
  }

  void run() throws SQLException {
    Samples alone = new Samples();
    Samples beside = new Samples();
    Samples peer = new Samples();
    double _ = drain(false); // the first one warms up
    for (int i = 0; i < bench.rounds(); i++) {
      if (i % 2 == 0) {
        alone.add(drain(false));
        beside.add(drain(true));
      } else {
        beside.add(drain(true));
        alone.add(drain(false));
      }
      if (bench.pgbench().isPresent()) {
        peer.add(peer(bench.pgbench().get()));
      }
    }
    Report report = bench.report();
    report.title(
        "Dispatch: "
            + rows
            + " queued deliveries, again and again for a minute, a provider that takes all at once, per second");
    report.row("deliveries, at the end of the minute", alone);
    report.row("the same with one transaction open all the time", beside);
    report.atMost(
        "lost to the open transaction",
        100 * (1 - beside.median() / alone.median()),
        100 * MOST_LOSS,
        " %");
    if (peer.any()) {
      report.row("pgbench, batches of " + BATCH + " claimed and deleted, 2 connections", peer);
    }
    Histogram latency = latency();
    report.row(
        "commit to provider, ms, provider takes 20 ms, " + PACE + " a second: p50",
        latency.getValueAtPercentile(50) / 1e6);
    report.row("the same: p99", latency.getValueAtPercentile(99) / 1e6);
  }

  private String filled(int conversations) {
    bench.postgres().create(DATABASE);
    String url = bench.postgres().url(DATABASE);
    try (var _ = new TestStore(url);
        DeliveryFixture mail = new DeliveryFixture(url)) {
      if (conversations > 0) {
        mail.write(conversations, 1);
      }
    }
    bench.postgres().execute(DATABASE, "vacuum analyze");
    bench.postgres().execute(DATABASE, "checkpoint");
    return url;
  }

  private static void dispatch(
      TestStore store, Function<Vertx, Provider> provider, int concurrency) {
    ProviderSettings settings =
        new ProviderSettings(
            "none", "none", false, "http://unused", concurrency, 0, Duration.ofSeconds(5));
    ProviderKinds kinds =
        ProviderKinds.builtIn().with("none", (vertx, line) -> provider.apply(vertx));
    store.deploy(
        new DispatchVerticle(List.of(settings), kinds, store.bus(), ProviderListener.none()));
  }

  /** Deliveries a second, of the last of as many rounds as take a minute. */
  private double drain(boolean open) throws SQLException {
    String url = filled(rows);
    try (var _ = connection(open);
        TestStore store = new TestStore(url);
        DeliveryFixture mail = new DeliveryFixture(url)) {
      long opened = System.nanoTime();
      long began = opened;
      dispatch(
          store,
          vertx ->
              (message, transcript) ->
                  Future.succeededFuture(new Outcome.Sent("r" + message.key())),
          BATCH);
      double seconds = drained(mail, began);
      while (System.nanoTime() - opened < lasts) {
        mail.run(QUEUE_AGAIN);
        began = System.nanoTime();
        store.bus().publish(DeliveriesDue.TOPIC, new DeliveriesDue(Channel.SMS));
        seconds = drained(mail, began);
      }
      return rows / seconds;
    }
  }

  private double drained(DeliveryFixture mail, long began) {
    while (!mail.one("select exists (select from outbox)").equals("f")) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    if (!mail.one("select count(*) from delivery where state = 'sent' and attempts = 1")
        .equals(Integer.toString(rows))) {
      throw new IllegalStateException("not everything was sent once");
    }
    return seconds;
  }

  /** With a transaction that sees everything as it was, for as long as it is open; or without. */
  private Connection connection(boolean open) throws SQLException {
    BenchPostgres postgres = bench.postgres();
    Connection connection =
        DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + DATABASE,
            postgres.user(),
            postgres.password());
    if (open) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      try (Statement statement = connection.createStatement()) {
        var _ = statement.execute("select pg_current_xact_id(), count(*) from outbox");
      }
    }
    return connection;
  }

  private double peer(PgBench pgbench) {
    bench
        .postgres()
        .execute(
            PeerTables.DATABASE,
            """
            drop table if exists job;
            create table job (id bigint primary key, owner integer, leased_until timestamptz, body text) with (fillfactor = 70);
            create index job_free on job (id) where owner is null;
            insert into job select g, null, null, repeat('x', 100) from generate_series(1, 1000000) g;
            """);
    bench.postgres().execute(PeerTables.DATABASE, "vacuum analyze job");
    double seconds = bench.readSeconds();
    PgBench.Outcome outcome = pgbench.run(PeerTables.DATABASE, CLAIM_AND_COMPLETE, 2, seconds);
    long left = bench.postgres().number(PeerTables.DATABASE, "select count(*) from job");
    return left > 0 ? outcome.perSecond() * BATCH : (1_000_000 - left) / seconds;
  }

  private Histogram latency() {
    String url = filled(0);
    Histogram latency = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
    Map<Long, Long> asked = new ConcurrentHashMap<>();
    int count = (int) (PACE * (1 + bench.seconds()));
    try (TestStore store = new TestStore(url);
        DeliveryFixture mail = new DeliveryFixture(url)) {
      mail.prepare(count);
      dispatch(store, vertx -> slow(vertx, asked), 64);
      long began = System.nanoTime();
      long[] committed = new long[count + 1];
      for (int i = 1; i <= count; i++) {
        long due = began + i * TimeUnit.SECONDS.toNanos(1) / PACE;
        LockSupport.parkNanos(due - System.nanoTime());
        mail.queue(i);
        committed[i] = System.nanoTime();
        store.bus().publish(DeliveriesDue.TOPIC, new DeliveriesDue(Channel.SMS));
      }
      while (!mail.one("select exists (select from outbox)").equals("f")) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
      // the first second warms up
      asked.forEach(
          (delivery, at) -> {
            if (delivery > PACE) {
              latency.recordValue(Math.max(1, at - committed[(int) (long) delivery]));
            }
          });
    }
    return latency;
  }

  private static Provider slow(Vertx vertx, Map<Long, Long> asked) {
    return (message, transcript) -> {
      asked.putIfAbsent(message.delivery(), System.nanoTime());
      return vertx.timer(20, TimeUnit.MILLISECONDS).map(new Outcome.Sent("r" + message.key()));
    };
  }
}
