package io.parley;

import io.parley.flow.Deadline;
import io.parley.flow.Outage;
import io.parley.settings.InvalidSettings;
import io.parley.settings.Settings;
import io.parley.settings.SettingsFile;
import io.parley.settings.SimulatorSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** The entry point of the process: reads the settings, starts the gateway, stops it on a signal. */
public final class Main {
  private static final int BAD_SETTINGS = 2;
  private static final int FAILED = 1;
  private static final int MAX_SECONDS_TO_START = 5;
  private static final Duration STOP_BUDGET = Duration.ofSeconds(9);
  private static final String REHEARSE = "--rehearse";
  private static final String SIMULATOR = "simulator";
  private static final String CLUSTER = "cluster";

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    long start = System.nanoTime();
    if (List.of(arguments).contains(SIMULATOR)) {
      simulate();
      return;
    }
    Settings settings = settings();
    // before the first logger exists
    System.setProperty("parley.log.level", settings.log().level());
    if (settings.log().json() && System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "logback-json.xml");
    }
    System.setProperty(
        "vertx.logger-delegate-factory-class-name",
        "io.vertx.core.logging.SLF4JLogDelegateFactory");
    if (List.of(arguments).contains(CLUSTER)) {
      runCluster(settings);
      return;
    }
    boolean rehearses = List.of(arguments).contains(REHEARSE);
    CompletableFuture<Gateway> starting = new CompletableFuture<>();
    Thread stop = new Thread(() -> stop(starting), "stop");
    // registered before the ports open: a client may signal us as soon as it can connect
    Runnable beforePorts = rehearses ? () -> {} : () -> Runtime.getRuntime().addShutdownHook(stop);
    Consumer<Gateway> beforeReady =
        gateway ->
            Banner.print(
                settings,
                gateway.port(),
                gateway.simulatorPort(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    Gateway gateway = started(settings, beforePorts, beforeReady);
    starting.complete(gateway);
    if (rehearses) {
      gateway.close();
      return;
    }
    Thread.currentThread().join();
  }

  /** Runs the simulator alone, for gateways that share it. */
  private static void simulate() throws InterruptedException {
    try {
      SimulatorSettings settings = SettingsFile.simulator(System.getenv());
      StandaloneSimulator simulator = StandaloneSimulator.start(settings);
      Runtime.getRuntime().addShutdownHook(new Thread(simulator::close, "stop"));
    } catch (InvalidSettings invalid) {
      throw exit(BAD_SETTINGS, invalid);
    }
    Thread.currentThread().join();
  }

  /** Runs several nodes, each in a process of its own, and what they share. */
  private static void runCluster(Settings settings) throws InterruptedException {
    LocalCluster cluster = new LocalCluster(settings, Main.class);
    Thread stop =
        new Thread(
            () -> {
              cluster.close();
              Runtime.getRuntime().halt(0);
            },
            "stop");
    // registered before the processes start: none of them may outlive this one
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      cluster.start();
    } catch (InvalidSettings invalid) {
      throw exitAfter(cluster, BAD_SETTINGS, invalid);
    } catch (IOException failure) {
      throw exitAfter(cluster, FAILED, failure);
    }
    Thread.currentThread().join();
  }

  private static IllegalStateException exitAfter(
      LocalCluster cluster, int status, Throwable reason) {
    cluster.close();
    return exit(status, reason);
  }

  private static Settings settings() {
    try {
      return SettingsFile.load(System.getenv());
    } catch (InvalidSettings invalid) {
      throw exit(BAD_SETTINGS, invalid);
    }
  }

  private static Gateway started(
      Settings settings, Runnable beforePorts, Consumer<Gateway> beforeReady) {
    try {
      return Gateway.start(settings, beforePorts, beforeReady);
    } catch (InvalidSettings invalid) {
      throw exit(BAD_SETTINGS, invalid);
    } catch (Outage | IOException outage) {
      throw exit(FAILED, outage);
    } catch (Throwable bug) {
      bug.printStackTrace();
      throw exit(FAILED, bug);
    }
  }

  /** Stops the gateway, which may still be starting, and ends the process with status 0. */
  private static void stop(Future<Gateway> starting) {
    Deadline deadline = Deadline.in(STOP_BUDGET);
    try {
      starting.get(MAX_SECONDS_TO_START, TimeUnit.SECONDS).close(deadline);
      Runtime.getRuntime().halt(0);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      System.err.println("parley: stopping failed: " + e);
      Runtime.getRuntime().halt(FAILED);
    }
  }

  private static IllegalStateException exit(int status, Throwable reason) {
    System.err.println(
        "parley: "
            + (reason.getMessage() == null ? "starting failed: " + reason : reason.getMessage()));
    Runtime.getRuntime().halt(status);
    return new IllegalStateException(reason);
  }
}
