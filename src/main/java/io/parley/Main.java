package io.parley;

import io.parley.flow.Outage;
import io.parley.settings.InvalidSettings;
import io.parley.settings.Settings;
import io.parley.settings.SettingsFile;
import io.parley.settings.SimulatorSettings;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The process: settings, gateway, wait, close. */
public final class Main {
  private static final int BAD_SETTINGS = 2;
  private static final int NO_START = 1;
  private static final int MOST_SECONDS_TO_START = 5;
  private static final String REHEARSE = "--rehearse";
  private static final String SIMULATOR = "simulator";

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
    boolean rehearses = List.of(arguments).contains(REHEARSE);
    CompletableFuture<Gateway> starting = new CompletableFuture<>();
    Thread stop = new Thread(() -> stop(starting), "stop");
    // whoever sees that it is there may end it at once, and it is ended as what it is by then
    Gateway gateway =
        started(settings, rehearses ? () -> {} : () -> Runtime.getRuntime().addShutdownHook(stop));
    starting.complete(gateway);
    Banner.print(
        settings,
        gateway.port(),
        gateway.simulatorPort(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    if (rehearses) {
      gateway.close();
      return;
    }
    Thread.currentThread().join();
  }

  /** The simulator alone, for gateways that share it. */
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

  private static Settings settings() {
    try {
      return SettingsFile.load(System.getenv());
    } catch (InvalidSettings invalid) {
      throw exit(BAD_SETTINGS, invalid);
    }
  }

  private static Gateway started(Settings settings, Runnable beforeOpen) {
    try {
      return Gateway.start(settings, beforeOpen);
    } catch (InvalidSettings invalid) {
      throw exit(BAD_SETTINGS, invalid);
    } catch (Outage | IOException outage) {
      throw exit(NO_START, outage);
    } catch (Throwable bug) {
      bug.printStackTrace();
      throw exit(NO_START, bug);
    }
  }

  /** Closes what may still be starting, and ends the process as one that was asked to. */
  private static void stop(Future<Gateway> starting) {
    try {
      starting.get(MOST_SECONDS_TO_START, TimeUnit.SECONDS).close();
      Runtime.getRuntime().halt(0);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      System.err.println("parley: it did not stop cleanly: " + e);
      Runtime.getRuntime().halt(NO_START);
    }
  }

  private static IllegalStateException exit(int status, Throwable reason) {
    System.err.println(
        "parley: "
            + (reason.getMessage() == null ? "it did not start: " + reason : reason.getMessage()));
    Runtime.getRuntime().halt(status);
    return new IllegalStateException(reason);
  }
}
