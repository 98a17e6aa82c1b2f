package io.parley.cluster;

import io.parley.bus.Bus;
import io.parley.flow.Deadline;
import io.parley.flow.DrainingVerticle;
import io.parley.node.Node;
import io.parley.node.NodeIdentity;
import io.parley.node.NodeStatus;
import io.parley.node.NodeVerbs;
import io.parley.node.NodeVerbs.ReportAlive;
import io.parley.node.NodeVerbs.ReportLeaving;
import io.parley.node.NodesAlive;
import io.parley.settings.ClusterSettings;
import io.parley.timeline.EventsMissed;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node among those of the table: reports once a second that it is alive, learns who else is,
 * and makes the sockets compare with the store when events of the others may have been missed.
 * Works without any connection between nodes. Confined to its event loop.
 */
public final class NodeVerticle extends DrainingVerticle implements NewsListener {
  private static final Logger LOG = LoggerFactory.getLogger(NodeVerticle.class);
  private static final long REPORT_MS = 1_000;
  private static final long TICK_MS = 100;

  private final Bus bus;
  private final NodeIdentity identity;
  private final NodeHost host;
  private final InstantSource clock;
  private final ClusterSettings settings;
  private final byte[] secret;
  private final NewsCounts counts = new NewsCounts();
  private final PeerWatch watch = new PeerWatch(ThreadLocalRandom.current(), this::eventsMissed);
  private Set<UUID> others = Set.of();
  private boolean draining;
  private boolean stopping;
  private volatile int liveNodes = 1;
  private volatile String clusterState;
  private @Nullable ClusterNews news;

  /** {@code secret} is that of the gateway. */
  public NodeVerticle(
      Bus bus,
      NodeIdentity identity,
      NodeHost host,
      InstantSource clock,
      ClusterSettings settings,
      byte[] secret) {
    this.bus = bus;
    this.identity = identity;
    this.host = host;
    this.clock = clock;
    this.settings = settings;
    this.secret = secret;
    this.clusterState = settings.enabled() ? "joining" : "off";
  }

  /** How many nodes are alive, this one included. Safe from any thread. */
  public int liveNodes() {
    return liveNodes;
  }

  /** What has been counted of the news from other nodes. Safe from any thread. */
  public NodeStatus.News news() {
    return counts.addTo(host.status()).news();
  }

  /** The news between nodes: off, joining, up, or partitioned. Safe from any thread. */
  public String clusterState() {
    return clusterState;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(TICK_MS, tick -> watch.tick(now()));
    if (settings.enabled()) {
      ClusterNews opened =
          new ClusterNews(settings, secret, bus, identity.id(), clock, this, this::onLoop);
      news = opened;
      opened.open(now());
    }
    return report();
  }

  private void onLoop(Runnable task) {
    context.runOnContext(turn -> task.run());
  }

  @Override
  public void heard(UUID node) {
    onLoop(
        () -> {
          if (watch.heard(node, now())) {
            publishAlive(true);
          }
        });
  }

  @Override
  public void missed(UUID node, Set<String> topics) {
    if (topics.contains(TimelineChanged.TOPIC.address())
        || topics.contains(EventsMissed.TOPIC.address())) {
      onLoop(() -> watch.missed(node, now()));
    }
    onLoop(() -> publishAlive(true));
  }

  @Override
  public void memberLeft() {
    onLoop(() -> watch.doubtAll(now()));
  }

  @Override
  public void received(int events) {
    counts.received(events);
  }

  // one at a time: a slow database is not asked more often
  private Future<?> report() {
    return bus.request(
            NodeVerbs.REPORT_ALIVE, new ReportAlive(identity, counts.addTo(host.status())))
        .onSuccess(found -> learn(found.nodes()))
        .onFailure(
            failure ->
                LOG.atDebug().addKeyValue("reason", failure.toString()).log("Node not reported"))
        .otherwiseEmpty()
        .onComplete(
            done -> {
              if (!stopping) {
                vertx.setTimer(REPORT_MS, tick -> report());
              }
            });
  }

  private void learn(List<Node> nodes) {
    Set<Node> peers =
        nodes.stream()
            .filter(node -> !node.isGone() && !node.id().equals(identity.id()))
            .collect(Collectors.toSet());
    liveNodes = 1 + peers.size();
    Set<UUID> ids = peers.stream().map(Node::id).collect(Collectors.toSet());
    watch.present(ids, now());
    if (!ids.equals(others)) {
      others = ids;
      publishAlive(false);
    }
    checkCluster(peers);
    boolean asked =
        nodes.stream().anyMatch(node -> node.draining() && node.id().equals(identity.id()));
    if (asked && !draining) {
      draining = true;
      LOG.atInfo().log("Node is draining: its clients reconnect elsewhere");
      host.drain();
    }
  }

  private void publishAlive(boolean missed) {
    bus.publishHere(NodesAlive.TOPIC, new NodesAlive(others, missed));
  }

  private void checkCluster(Set<Node> peers) {
    ClusterNews opened = news;
    if (opened == null) {
      return;
    }
    boolean silent =
        peers.stream().anyMatch(peer -> peer.status().clustered() && watch.isSilent(peer.id()));
    opened.check(silent, now());
    clusterState = !opened.isJoined() ? "joining" : silent ? "partitioned" : "up";
  }

  private void eventsMissed(long ageMs) {
    counts.gap(clock.instant());
    bus.publishHere(EventsMissed.TOPIC, new EventsMissed(ageMs));
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  @Override
  protected Future<?> drain(Deadline deadline) {
    stopping = true;
    Future<?> left = news == null ? Future.succeededFuture() : news.close(deadline);
    Future<?> reported =
        bus.request(NodeVerbs.REPORT_LEAVING, new ReportLeaving(identity.id()))
            .timeout(deadline.left().toMillis(), TimeUnit.MILLISECONDS)
            .otherwiseEmpty();
    return Future.join(left, reported);
  }
}
