package io.parley.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import io.parley.settings.ClusterSettings;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;

/**
 * The configuration of Hazelcast, which knows who is in the cluster: members from the settings
 * only, time-outs of seconds instead of minutes, few threads.
 */
final class HazelcastConfig {
  /** All members must agree; the cluster holds a few entries, so a few partitions are enough. */
  private static final int PARTITIONS = 31;

  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("hazelcast.phone.home.enabled", "false"),
          Map.entry("hazelcast.logging.type", "slf4j"),
          Map.entry("hazelcast.shutdownhook.enabled", "false"),
          Map.entry("hazelcast.socket.bind.any", "false"),
          Map.entry("hazelcast.partition.count", Integer.toString(PARTITIONS)),
          Map.entry("hazelcast.wait.seconds.before.join", "1"),
          Map.entry("hazelcast.max.wait.seconds.before.join", "5"),
          Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
          Map.entry("hazelcast.max.no.heartbeat.seconds", "10"),
          Map.entry("hazelcast.merge.first.run.delay.seconds", "10"),
          Map.entry("hazelcast.merge.next.run.delay.seconds", "10"),
          Map.entry("hazelcast.operation.call.timeout.millis", "5000"),
          Map.entry("hazelcast.graceful.shutdown.max.wait", "1"),
          Map.entry("hazelcast.operation.thread.count", "2"),
          Map.entry("hazelcast.operation.generic.thread.count", "2"),
          Map.entry("hazelcast.event.thread.count", "1"),
          Map.entry("hazelcast.io.thread.count", "1"));

  private HazelcastConfig() {}

  static Config of(ClusterSettings settings, byte[] secret) {
    Config config = new Config();
    config.setClusterName("parley-" + fingerprint(secret));
    PROPERTIES.forEach(config::setProperty);
    config.getJetConfig().setEnabled(false);
    config
        .getSerializationConfig()
        .setJavaSerializationFilterConfig(filter())
        .setCheckClassDefErrors(false);
    network(config.getNetworkConfig(), settings);
    // what the cluster manager of Vert.x uses, with a second backup: two nodes may die at once
    config.addMultiMapConfig(
        new MultiMapConfig("__vertx.subs")
            .setBackupCount(2)
            .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
    config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(2));
    config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(2));
    return config;
  }

  private static void network(NetworkConfig network, ClusterSettings settings) {
    network
        .setPort(settings.port())
        .setPortAutoIncrement(false)
        .setReuseAddress(true)
        .setPublicAddress(settings.host() + ":" + settings.port());
    network.getInterfaces().setEnabled(true).addInterface(settings.host());
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.setTcpIpConfig(new ResolvedMembers(settings.members(), InetAddress::getAllByName));
    join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds(2);
  }

  // a member may only send what the cluster itself consists of
  private static JavaSerializationFilterConfig filter() {
    JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig();
    filter.getWhitelist().addPrefixes("io.vertx.spi.cluster.hazelcast.", "com.hazelcast.");
    return filter;
  }

  /** Keeps gateways of other secrets out by mistake; it is no protection. */
  private static String fingerprint(byte[] secret) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update("name of the cluster".getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(secret), 0, 6);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
