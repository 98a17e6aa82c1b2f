package io.parley;

import io.parley.api.operations.FileLinks;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.AnnounceProviders;
import io.parley.channel.DispatchVerbs.NamedProvider;
import io.parley.channel.OutgoingMessage;
import io.parley.dispatch.DispatchVerticle;
import io.parley.dispatch.ProviderKinds;
import io.parley.settings.Mode;
import io.parley.settings.ProviderSettings;
import io.parley.settings.Settings;
import io.parley.settings.SimulatorSettings;
import io.parley.simulator.SimulatorVerticle;
import io.parley.timeline.Attachment;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The providers of SMS and email: dispatch, and in the sandbox the simulator. */
final class ChannelWiring {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelWiring.class);
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
            () ->
                new SimulatorVerticle(wanted.host(), wanted.port(), callbackUrl, wanted.exposed()))
        .recover(
            failure ->
                Foundation.portInUse(
                    "simulator.port",
                    wanted.port(),
                    " (PARLEY_SIMULATOR_RUN=shared uses a simulator that runs already)",
                    failure))
        .map(instances -> OptionalInt.of(instances.getFirst().port()));
  }

  /** Tells the store which providers this node has, before the first message can come. */
  Future<?> announceProviders() {
    List<NamedProvider> providers =
        settings.providers().stream()
            .map(each -> new NamedProvider(each.name(), each.email() ? Channel.EMAIL : Channel.SMS))
            .toList();
    return foundation
        .bus()
        .request(DispatchVerbs.ANNOUNCE_PROVIDERS, new AnnounceProviders(providers));
  }

  /** The channels without a provider, in words; empty if there are none. */
  Optional<String> unservedChannels() {
    List<String> unserved = new ArrayList<>();
    if (settings.providers().stream().allMatch(ProviderSettings::email)) {
      unserved.add("SMS");
    }
    if (settings.providers().stream().noneMatch(ProviderSettings::email)) {
      unserved.add("email");
    }
    return unserved.isEmpty() ? Optional.empty() : Optional.of(String.join(" and ", unserved));
  }

  Future<?> openDispatch(FileLinks links, OptionalInt simulatorPort, IntSupplier nodes) {
    unservedChannels().ifPresent(this::warn);
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
                    MetricAdapters.providers(foundation.metrics()),
                    nodes));
  }

  private void warn(String unserved) {
    LOG.atWarn()
        .log(
            "No provider carries {}: messages wait for one, and expire after {} s"
                + " (PARLEY_PROVIDERS, PARLEY_DELIVERIES_EXPIRE_AFTER)",
            unserved,
            settings.deliveries().expireAfter().toSeconds());
  }

  // with port 0 the settings cannot know where the simulator listens
  private static ProviderSettings atActualPort(ProviderSettings provider, OptionalInt port) {
    return port.isPresent() && provider.url().equals(UNKNOWN_PORT)
        ? provider.at("http://127.0.0.1:" + port.getAsInt())
        : provider;
  }

  /**
   * A provider fetches uploads from us without credentials of its own. Only an attachment with an
   * id is signed: its access was checked, and the conversation contains it.
   */
  private static OutgoingMessage withSignedLinks(FileLinks links, OutgoingMessage message) {
    Instant until = Instant.now().plus(ATTACHMENT_LINK_LIFETIME);
    return message.attachments().isEmpty()
        ? message
        : message.with(
            message.attachments().stream().map(each -> signed(links, each, until)).toList());
  }

  private static Attachment signed(FileLinks links, Attachment attachment, Instant until) {
    return attachment
        .id()
        .map(id -> attachment.at(links.link(UUID.fromString(id), until)))
        .orElse(attachment);
  }
}
