package io.parley.cluster;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.parley.flow.Deadline;
import io.parley.settings.ClusterSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.time.Duration;
import java.util.UUID;
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

  private final String instance;

  /** Without a limit of time: what comes too late has to be closed. */
  private final Future<Vertx> opened;

  private final Future<Vertx> joined;

  private ClusterMembership(String instance, Future<Vertx> opened, Future<Vertx> joined) {
    this.instance = instance;
    this.opened = opened;
    this.joined = joined;
  }

  /** Begins to join; then deploys {@code exchange}. */
  static ClusterMembership join(
      ClusterSettings settings,
      byte[] secret,
      Supplier<? extends VerticleBase> exchange,
      NewsListener listener) {
    // a name of its own, by which it is found while it is still starting
    String instance = UUID.randomUUID().toString();
    HazelcastClusterManager hazelcast =
        new HazelcastClusterManager(HazelcastConfig.of(settings, secret).setInstanceName(instance));
    Promise<Vertx> opened = Promise.promise();
    // on a thread of no other Vert.x
    Thread.ofPlatform()
        .daemon()
        .name("join-cluster")
        .start(() -> open(settings, hazelcast).onComplete(opened));
    Future<Vertx> joined =
        opened
            .future()
            .timeout(JOIN_TIME.toSeconds(), TimeUnit.SECONDS)
            .onSuccess(vertx -> hear(hazelcast.getHazelcastInstance(), listener))
            .compose(vertx -> vertx.deployVerticle(exchange.get()).map(vertx));
    return new ClusterMembership(instance, opened.future(), joined);
  }

  private static Future<Vertx> open(ClusterSettings settings, HazelcastClusterManager hazelcast) {
    return Vertx.builder().with(options(settings)).withClusterManager(hazelcast).buildClustered();
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
    opened.onSuccess(Vertx::close);
  }

  private void terminate() {
    try {
      // waits for one that is still starting: it would hold the port for ever
      HazelcastInstance found = Hazelcast.getHazelcastInstanceByName(instance);
      if (found != null) {
        found.getLifecycleService().terminate();
      }
    } catch (RuntimeException failure) {
      LOG.atDebug().addKeyValue("reason", failure.toString()).log("Cluster not terminated");
    }
  }
}
