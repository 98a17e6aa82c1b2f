package io.parley.ops;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.VertxPrometheusOptions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The numbers of this node, in Prometheus' form. Safe from any thread. */
public final class Metrics implements AutoCloseable {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(5), Duration.ofMillis(10),
        Duration.ofMillis(20),
    Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500),
        Duration.ofSeconds(1),
    Duration.ofMillis(2_500), Duration.ofSeconds(10)
  };

  /** What this node counts of the news from other nodes, and how many nodes there are. */
  public interface NewsFigures {
    long received();

    long gaps();

    long repaired();

    int liveNodes();

    /** Whether news are exchanged with every node that takes part. */
    boolean isComplete();
  }

  private record BreakerBook(AtomicInteger open, Counter opened) {}

  private record BackgroundJobBook(
      AtomicInteger waiting, AtomicReference<Double> behindSeconds, Counter skipped) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final AtomicInteger sockets = new AtomicInteger();
  private final Map<Integer, Counter> closed = new ConcurrentHashMap<>();
  private final Map<String, Timer> attempts = new ConcurrentHashMap<>();
  private final Map<String, BreakerBook> breakers = new ConcurrentHashMap<>();
  private final Map<String, BackgroundJobBook> backgroundJobs = new ConcurrentHashMap<>();
  private final Map<String, Long> lags = new ConcurrentHashMap<>();
  private final Map<String, Timer> latency = new ConcurrentHashMap<>();
  private final Map<String, Map<Integer, Counter>> answers = new ConcurrentHashMap<>();

  public Metrics() {
    gc.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    Gauge.builder("parley.sockets", sockets, AtomicInteger::get)
        .description("Sockets that are open")
        .register(registry);
  }

  /** One operation carried out, over whichever edge. */
  public void operation(String operationId, int status, long nanos) {
    latency.computeIfAbsent(operationId, this::latencyOf).record(nanos, TimeUnit.NANOSECONDS);
    answers
        .computeIfAbsent(operationId, id -> new ConcurrentHashMap<>())
        .computeIfAbsent(status, code -> answersOf(operationId, code))
        .increment();
  }

  /** A provider was asked to take a message. */
  public void attempted(String provider, String outcome, long nanos) {
    attempts
        .computeIfAbsent(provider + ' ' + outcome, any -> attemptsOf(provider, outcome))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** So many more sockets are open, or fewer. */
  public void sockets(int more) {
    sockets.addAndGet(more);
  }

  /** We ended a socket. */
  public void socketClosed(int code) {
    closed.computeIfAbsent(code, this::closedWith).increment();
  }

  private Counter closedWith(int code) {
    return Counter.builder("parley.sockets.closed")
        .description("Sockets that the gateway ended, by close code")
        .tags(Tags.of("code", Integer.toString(code)))
        .register(registry);
  }

  /** Whether a provider is left alone because it does not work; probing it changes nothing. */
  public void breaker(String provider, boolean open) {
    BreakerBook book = breakers.computeIfAbsent(provider, this::bookOf);
    if (book.open.getAndSet(open ? 1 : 0) == 0 && open) {
      book.opened.increment();
    }
  }

  private BreakerBook bookOf(String provider) {
    Tags tags = Tags.of("provider", provider);
    AtomicInteger open = new AtomicInteger();
    Gauge.builder("parley.provider.open", open, AtomicInteger::get)
        .description("1 while the provider's breaker is not closed")
        .tags(tags)
        .register(registry);
    Counter opened =
        Counter.builder("parley.provider.opened")
            .description("how often its breaker opened")
            .tags(tags)
            .register(registry);
    return new BreakerBook(open, opened);
  }

  private Timer attemptsOf(String provider, String outcome) {
    return Timer.builder("parley.provider")
        .description("attempts to hand a message over")
        .tag("provider", provider)
        .tag("outcome", outcome)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  /**
   * How far a background job is behind: the conversations that wait for it on this node, and the
   * age of the oldest change that it has not processed.
   */
  public void backgroundJob(String job, int waiting, double behindSeconds) {
    BackgroundJobBook book = backgroundJobs.computeIfAbsent(job, this::backgroundJobBookOf);
    book.waiting.set(waiting);
    book.behindSeconds.set(behindSeconds);
  }

  /** A background job skipped something that it cannot process. */
  public void backgroundJobSkipped(String job, int count) {
    backgroundJobs.computeIfAbsent(job, this::backgroundJobBookOf).skipped.increment(count);
  }

  private BackgroundJobBook backgroundJobBookOf(String job) {
    Tags tags = Tags.of("job", job);
    BackgroundJobBook book =
        new BackgroundJobBook(
            new AtomicInteger(),
            new AtomicReference<>(0.0),
            Counter.builder("parley.background.skipped")
                .description("What the job could not process and left out")
                .tags(tags)
                .register(registry));
    Gauge.builder("parley.background.waiting", book.waiting, AtomicInteger::get)
        .description("Conversations that wait for the job on this node")
        .tags(tags)
        .register(registry);
    Gauge.builder("parley.background.behind", book.behindSeconds, AtomicReference::get)
        .description("Age of the oldest change that the job has not processed")
        .baseUnit("seconds")
        .tags(tags)
        .register(registry);
    return book;
  }

  /** Shows {@code figures}, which are read when the metrics are. */
  public void news(NewsFigures figures) {
    FunctionCounter.builder("parley.news.received", figures, NewsFigures::received)
        .description("Events received from other nodes")
        .register(registry);
    FunctionCounter.builder("parley.news.gaps", figures, NewsFigures::gaps)
        .description("How often events of other nodes may have been missed")
        .register(registry);
    FunctionCounter.builder("parley.news.repaired", figures, NewsFigures::repaired)
        .description("Events that were missed and found in the database")
        .register(registry);
    Gauge.builder("parley.nodes", figures, NewsFigures::liveNodes)
        .description("Nodes that are alive by the database")
        .strongReference(true)
        .register(registry);
    Gauge.builder("parley.cluster.complete", figures, each -> each.isComplete() ? 1 : 0)
        .description("1 while news are exchanged with every node that takes part")
        .strongReference(true)
        .register(registry);
  }

  /** How late an event loop's timer came. */
  public void loopLag(String loop, long nanos) {
    lags.put(loop, nanos);
    registry.timer("parley.event.loop.lag", "loop", loop).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** How late the timer of the slowest event loop came last, in nanoseconds. */
  public long worstLoopLag() {
    return lags.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** How many sockets are open. */
  public int sockets() {
    return sockets.get();
  }

  public Buffer text() {
    return Buffer.buffer(registry.scrape());
  }

  /**
   * What Vert.x counts by itself: its pools. Requests are counted by operation, above, which is
   * cheaper and says more.
   */
  public MetricsOptions vertxOptions() {
    return new MicrometerMetricsOptions()
        .setEnabled(true)
        .setLabels(EnumSet.of(Label.POOL_TYPE, Label.POOL_NAME, Label.NAMESPACE))
        .setPrometheusOptions(new VertxPrometheusOptions().setEnabled(true))
        .setDisabledMetricsCategories(
            Set.of(
                MetricsDomain.EVENT_BUS.toCategory(),
                MetricsDomain.HTTP_SERVER.toCategory(),
                MetricsDomain.NET_SERVER.toCategory(),
                MetricsDomain.NET_CLIENT.toCategory(),
                MetricsDomain.DATAGRAM_SOCKET.toCategory()));
  }

  public VertxMetricsFactory vertxFactory() {
    return new MicrometerMetricsFactory(registry);
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }

  private Timer latencyOf(String operationId) {
    return Timer.builder("parley.operation")
        .description("from admission to answer")
        .tag("operation", operationId)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private Counter answersOf(String operationId, int status) {
    return Counter.builder("parley.answers")
        .description("answers by status")
        .tag("operation", operationId)
        .tag("status", Integer.toString(status))
        .register(registry);
  }
}
