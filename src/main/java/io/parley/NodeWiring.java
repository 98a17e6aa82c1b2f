package io.parley;

import io.parley.cluster.NodeHost;
import io.parley.cluster.NodeVerticle;
import io.parley.live.LiveCounts;
import io.parley.live.LiveVerticle;
import io.parley.node.NodeIdentity;
import io.parley.node.NodeStatus;
import io.parley.ops.NodeReadiness;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** This node among the others. */
final class NodeWiring {
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  private final Foundation foundation;
  private final NodeReadiness readiness;
  private volatile IntSupplier liveNodes = () -> 1;

  NodeWiring(Foundation foundation, NodeReadiness readiness) {
    this.foundation = foundation;
    this.readiness = readiness;
  }

  Future<?> open(int port, LiveVerticle live) {
    NodeIdentity identity =
        new NodeIdentity(foundation.nodeId(), hostName() + ":" + port, version());
    NodeHost host = new Host(live);
    return foundation
        .lifecycle()
        .deploy(
            Lifecycle.Stage.SUPPORT,
            "node",
            1,
            () ->
                new NodeVerticle(
                    foundation.bus(),
                    identity,
                    host,
                    InstantSource.system(),
                    foundation.settings().cluster(),
                    foundation.settings().secret().bytes()))
        .onSuccess(
            nodes -> {
              readiness.informOf("cluster", nodes.getFirst()::clusterState);
              liveNodes = nodes.getFirst()::liveNodes;
              foundation.metrics().news(MetricAdapters.news(nodes.getFirst()));
            });
  }

  /** How many nodes share the database now, this one included. Safe from any thread. */
  int liveNodes() {
    return liveNodes.getAsInt();
  }

  private static String version() {
    return Objects.requireNonNullElse(
        NodeWiring.class.getPackage().getImplementationVersion(), "development");
  }

  // without asking the network, which may take seconds
  private static String hostName() {
    try {
      return Files.readString(HOST_NAME).strip();
    } catch (IOException notLinux) {
      return Optional.ofNullable(System.getenv("HOSTNAME")).orElse("parley");
    }
  }

  private final class Host implements NodeHost {
    private final LiveVerticle live;

    Host(LiveVerticle live) {
      this.live = live;
    }

    @Override
    public NodeStatus status() {
      LiveCounts counts = live.counts();
      return new NodeStatus(
          foundation.metrics().sockets(),
          counts.usersOnline(),
          counts.conversations(),
          TimeUnit.NANOSECONDS.toMillis(foundation.metrics().worstLoopLag()),
          foundation.settings().cluster().enabled(),
          new NodeStatus.News(0, 0, counts.repaired(), Optional.empty()));
    }

    @Override
    public void drain() {
      readiness.draining();
      live.drainSockets();
    }
  }
}
