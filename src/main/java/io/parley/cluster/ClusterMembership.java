package io.parley.cluster;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import io.parley.flow.Deadline;
import io.parley.settings.ClusterSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One membership of this process in the cluster: a Vert.x of its own, with one event loop, that
 * does nothing but exchange news. Joining takes seconds; leaving may hang, as may a merge after a
 * cut. So it is never waited for: it is asked to leave, then terminated, then abandoned, and a
 * process may have another one afterwards.
 */
final class ClusterMembership {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterMembership.class);
  private static final Duration JOIN_TIME = Duration.ofSeconds(60);
  private static final long LEAVE_MS = 1_500;

  private final HazelcastClusterManager hazelcast;
  private final Future<Vertx> joined;

  private ClusterMembership(HazelcastClusterManager hazelcast, Future<Vertx> joined) {
    this.hazelcast = hazelcast;
    this.joined = joined;
  }

  /** Begins to join; then deploys {@code exchange}. */
  static ClusterMembership join(
      ClusterSettings settings,
      byte[] secret,
      Supplier<NewsExchange> exchange,
      NewsListener listener) {
    HazelcastClusterManager hazelcast =
        new HazelcastClusterManager(HazelcastConfig.of(settings, secret));
    Future<Vertx> joined =
        Vertx.builder()
            .with(options(settings))
            .withClusterManager(hazelcast)
            .buildClustered()
            .timeout(JOIN_TIME.toSeconds(), TimeUnit.SECONDS)
            .onSuccess(vertx -> hear(hazelcast.getHazelcastInstance(), listener))
            .compose(vertx -> vertx.deployVerticle(exchange.get()).map(vertx));
    return new ClusterMembership(hazelcast, joined);
  }

  private static VertxOptions options(ClusterSettings settings) {
    return new VertxOptions()
        .setEventLoopPoolSize(1)
        .setWorkerPoolSize(2)
        .setInternalBlockingPoolSize(4)
        .setHAEnabled(false)
        .setEventBusOptions(
            new EventBusOptions()
                .setHost(settings.host())
                .setPort(settings.newsPort())
                .setClusterPublicHost(settings.host())
                .setClusterPublicPort(settings.newsPort())
                .setConnectTimeout(2_000)
                .setClusterPingInterval(3_000)
                .setClusterPingReplyInterval(3_000)
                .setTcpNoDelay(true));
  }

  private static void hear(HazelcastInstance instance, NewsListener listener) {
    var _ =
        instance
            .getCluster()
            .addMembershipListener(
                new MembershipListener() {
                  @Override
                  public void memberAdded(MembershipEvent event) {
                    LOG.atInfo()
                        .addKeyValue("members", event.getMembers().size())
                        .log("Node joined the cluster");
                  }

                  @Override
                  public void memberRemoved(MembershipEvent event) {
                    LOG.atInfo()
                        .addKeyValue("members", event.getMembers().size())
                        .log("Node left the cluster");
                    listener.memberLeft();
                  }
                });
  }

  /** Succeeds when news are exchanged; fails if the cluster could not be joined. */
  Future<?> joined() {
    return joined;
  }

  /** Leaves; the future succeeds in time, whether it has left or was abandoned. */
  Future<?> leave(Deadline deadline) {
    long millis = Math.min(LEAVE_MS, deadline.left().toMillis());
    Future<?> left =
        joined.isComplete() ? joined.compose(Vertx::close) : Future.failedFuture("still joining");
    return left.timeout(millis, TimeUnit.MILLISECONDS)
        .onFailure(late -> abandon())
        .otherwiseEmpty();
  }

  /** Terminates it without waiting: {@code terminate} may hang, too. */
  private void abandon() {
    Thread.ofPlatform().daemon().name("leave-cluster").start(this::terminate);
    joined.onSuccess(Vertx::close);
  }

  private void terminate() {
    try {
      HazelcastInstance instance = hazelcast.getHazelcastInstance();
      if (instance != null) {
        instance.getLifecycleService().terminate();
      }
    } catch (RuntimeException failure) {
      LOG.atDebug().addKeyValue("reason", failure.toString()).log("Cluster not terminated");
    }
  }
}
