package io.parley;

import io.parley.api.operations.FileLinks;
import io.parley.channel.OutgoingMessage;
import io.parley.dispatch.DispatchVerticle;
import io.parley.dispatch.ProviderKinds;
import io.parley.settings.Mode;
import io.parley.settings.ProviderSettings;
import io.parley.settings.Settings;
import io.parley.settings.SimulatorSettings;
import io.parley.simulator.SimulatorVerticle;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/** The providers of SMS and email: dispatch, and in the sandbox the simulator. */
final class ChannelWiring {
  private static final Duration ATTACHMENT_LINK_LIFETIME = Duration.ofHours(1);
  private static final String UNKNOWN_PORT = "http://127.0.0.1:0";

  private final Foundation foundation;
  private final Settings settings;

  ChannelWiring(Foundation foundation) {
    this.foundation = foundation;
    this.settings = foundation.settings();
  }

  /** The simulator's port, if this process runs one, for the gateway on {@code gatewayPort}. */
  Future<OptionalInt> openSimulator(int gatewayPort) {
    SimulatorSettings wanted = settings.simulator();
    if (settings.mode() != Mode.SANDBOX || !wanted.own()) {
      return Future.succeededFuture(OptionalInt.empty());
    }
    String callbackUrl = wanted.gateway().orElse("http://127.0.0.1:" + gatewayPort);
    return foundation
        .lifecycle()
        .deploy(
            Lifecycle.Stage.SUPPORT,
            "simulator",
            1,
            () -> new SimulatorVerticle(wanted.host(), wanted.port(), callbackUrl))
        .recover(
            failure ->
                Foundation.portInUse(
                    "simulator.port",
                    wanted.port(),
                    " (PARLEY_SIMULATOR_RUN=shared uses a simulator that runs already)",
                    failure))
        .map(instances -> OptionalInt.of(instances.getFirst().port()));
  }

  Future<?> openDispatch(FileLinks links, OptionalInt simulatorPort) {
    List<ProviderSettings> providers =
        settings.providers().stream().map(each -> atActualPort(each, simulatorPort)).toList();
    ProviderKinds kinds =
        ProviderKinds.builtIn().transforming(message -> withSignedLinks(links, message));
    return foundation
        .lifecycle()
        .deploy(
            Lifecycle.Stage.EDGES,
            "dispatch",
            1,
            () ->
                new DispatchVerticle(
                    providers,
                    kinds,
                    foundation.bus(),
                    MetricAdapters.providers(foundation.metrics())));
  }

  // with port 0 the settings cannot know where the simulator listens
  private static ProviderSettings atActualPort(ProviderSettings provider, OptionalInt port) {
    return port.isPresent() && provider.url().equals(UNKNOWN_PORT)
        ? provider.at("http://127.0.0.1:" + port.getAsInt())
        : provider;
  }

  /** A provider fetches attachments from us without credentials of its own. */
  private static OutgoingMessage withSignedLinks(FileLinks links, OutgoingMessage message) {
    Instant until = Instant.now().plus(ATTACHMENT_LINK_LIFETIME);
    return message.attachments().isEmpty()
        ? message
        : message.with(
            message.attachments().stream().map(url -> links.linked(url, until)).toList());
  }
}
