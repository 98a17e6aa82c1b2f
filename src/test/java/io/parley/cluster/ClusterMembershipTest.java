package io.parley.cluster;

import io.parley.flow.Deadline;
import io.parley.settings.ClusterSettings;
import io.parley.settings.Settings;
import io.parley.settings.SettingsFile;
import io.parley.testing.Await;
import io.parley.testing.ChildProcess;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Joining and leaving the cluster at awkward moments. */
@Tag("fault")
class ClusterMembershipTest {
  @TempDir private Path folder;

  private static final class Listener implements NewsListener {
    @Override
    public void heard(UUID node) {}

    @Override
    public void missed(UUID node, Set<String> topics) {}

    @Override
    public void memberLeft() {}

    @Override
    public void received(int events) {}
  }

  private ClusterSettings settings() {
    int port = ChildProcess.freePorts(2);
    Settings settings =
        SettingsFile.load(
            Map.of(
                "PARLEY_MODE",
                "sandbox",
                "PARLEY_DATA_DIR",
                folder.toString(),
                "PARLEY_CLUSTER_ENABLED",
                "yes",
                "PARLEY_CLUSTER_HOST",
                "127.0.0.1",
                "PARLEY_CLUSTER_PORT",
                Integer.toString(port),
                "PARLEY_CLUSTER_MEMBERS",
                "127.0.0.1:" + port));
    return settings.cluster();
  }

  @Test
  void aJoinThatIsAbandonedHoldsNoPort() {
    ClusterSettings settings = settings();
    ClusterMembership abandoned = join(settings);
    Await.result(abandoned.leave(Deadline.in(Duration.ofMillis(1))));

    Await.until(() -> "the port is free again", Duration.ofSeconds(60), () -> canJoin(settings));
  }

  private static ClusterMembership join(ClusterSettings settings) {
    return ClusterMembership.join(
        settings, new byte[32], () -> new VerticleBase() {}, new Listener());
  }

  private static boolean canJoin(ClusterSettings settings) {
    ClusterMembership membership = join(settings);
    Await.until(
        () -> "the join has an end",
        Duration.ofSeconds(90),
        () -> membership.joined().isComplete());
    Await.result(membership.leave(Deadline.in(Duration.ofSeconds(5))));
    return membership.joined().succeeded();
  }
}
