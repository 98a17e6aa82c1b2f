package io.parley;

import io.parley.settings.ClusterSettings;
import io.parley.settings.InvalidSettings;
import io.parley.settings.Mode;
import io.parley.settings.Settings;
import io.parley.settings.SimulatorSettings;
import io.parley.store.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Three nodes on this machine, each a process with a port of its own, behind one front. This
 * process runs what they share, the embedded database and the simulator, so that any node may be
 * killed; a node that ends is started again. For trying out only: the sandbox.
 */
final class LocalCluster {
  private static final int NODES = 3;
  private static final int PORTS_PER_NODE = 2;
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration DATABASE_STOP = Duration.ofSeconds(2);

  private final Settings settings;
  private final Class<?> program;
  private final int port;
  private final Path folder;

  /** What stops the parts, the last one started first. Guarded by itself. */
  private final Deque<Runnable> stoppers = new ArrayDeque<>();

  private boolean closed;

  /** {@code program}: the main class of a node. */
  LocalCluster(Settings settings, Class<?> program) {
    this.program = program;
    this.settings = settings;
    this.port = settings.http().port();
    this.folder = settings.database().dataDir().toAbsolutePath().resolve("cluster");
  }

  /** Starts everything; returns when the front serves. Blocks. */
  void start() throws IOException, InterruptedException {
    if (settings.mode() == Mode.PRODUCTION) {
      throw InvalidSettings.of("mode", "a cluster on one machine is for the sandbox");
    }
    if (port == 0 || port + NODES > 65_535) {
      throw InvalidSettings.of(
          "http.port", "the nodes use the three ports above that of the front");
    }
    Files.createDirectories(folder);
    LocalFront front = new LocalFront(folder, settings.http().host(), port, NODES);
    Map<String, String> environment = environment(database(), simulator());
    List<LocalNode> nodes = new ArrayList<>();
    for (int i = 1; i <= NODES; i++) {
      nodes.add(new LocalNode(port + i, environmentOf(i, environment), folder, program));
    }
    started(front::stop);
    started(() -> LocalNode.stopAll(nodes));
    for (LocalNode node : nodes) {
      node.start();
    }
    for (LocalNode node : nodes) {
      node.awaitReady();
      print("node http://localhost:%d (process %d)".formatted(node.port(), node.pid()));
    }
    front.start();
    print("front http://localhost:%d".formatted(port));
    print("logs %s; Ctrl-C stops everything".formatted(folder));
  }

  private static void print(String line) {
    System.out.println(line);
    System.out.flush();
  }

  /** Registers what stops a part. One that starts while everything stops, stops at once. */
  private void started(Runnable stopper) {
    synchronized (stoppers) {
      if (!closed) {
        stoppers.push(stopper);
        return;
      }
    }
    stopper.run();
  }

  private String database() throws IOException {
    Optional<String> given = settings.database().url();
    if (given.isPresent()) {
      return given.get();
    }
    EmbeddedPostgres server = EmbeddedPostgres.start(settings.database().dataDir());
    started(
        () -> {
          try {
            server.stop(DATABASE_STOP);
          } catch (IOException failure) {
            System.err.println("parley: the database did not stop cleanly: " + failure);
          }
        });
    return server.url();
  }

  private int simulator() {
    SimulatorSettings wanted = settings.simulator();
    if (wanted.own()) {
      SimulatorSettings shared =
          new SimulatorSettings(
              true,
              wanted.host(),
              wanted.port(),
              Optional.of("http://" + LOOPBACK + ":" + port),
              wanted.exposed());
      StandaloneSimulator simulator = StandaloneSimulator.start(shared);
      started(simulator::close);
      return simulator.port();
    }
    return wanted.port();
  }

  /** What all nodes are given beside the settings of this process. */
  private Map<String, String> environment(String databaseUrl, int simulatorPort) {
    int first = settings.cluster().port();
    String members =
        IntStream.range(0, NODES)
            .mapToObj(i -> LOOPBACK + ":" + (first + i * PORTS_PER_NODE))
            .collect(Collectors.joining(","));
    Map<String, String> environment = new TreeMap<>();
    environment.put("PARLEY_MODE", "sandbox");
    environment.put("PARLEY_HTTP_HOST", LOOPBACK);
    environment.put("PARLEY_PUBLIC_URL", settings.http().publicUrl());
    environment.put("PARLEY_TRUSTED_PROXIES", LOOPBACK);
    environment.put("PARLEY_DATABASE_URL", databaseUrl);
    environment.put("PARLEY_SIMULATOR_RUN", "shared");
    environment.put("PARLEY_SIMULATOR_PORT", Integer.toString(simulatorPort));
    environment.put("PARLEY_CLUSTER_ENABLED", "yes");
    environment.put("PARLEY_CLUSTER_HOST", LOOPBACK);
    environment.put("PARLEY_CLUSTER_MEMBERS", members);
    return environment;
  }

  private Map<String, String> environmentOf(int node, Map<String, String> common) {
    ClusterSettings cluster = settings.cluster();
    Map<String, String> environment = new TreeMap<>(common);
    environment.put("PARLEY_HTTP_PORT", Integer.toString(port + node));
    environment.put(
        "PARLEY_CLUSTER_PORT", Integer.toString(cluster.port() + (node - 1) * PORTS_PER_NODE));
    return environment;
  }

  /**
   * Stops the nodes, then the front and what they share, within ten seconds. Blocks, also while
   * another thread does so.
   */
  synchronized void close() {
    List<Runnable> stopping;
    synchronized (stoppers) {
      closed = true;
      stopping = List.copyOf(stoppers);
      stoppers.clear();
    }
    stopping.forEach(Runnable::run);
  }
}
