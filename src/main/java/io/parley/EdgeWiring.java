package io.parley;

import io.parley.api.auth.Access;
import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.auth.CommonPasswords;
import io.parley.api.auth.Tokens;
import io.parley.api.auth.WebhookSignature;
import io.parley.api.contract.Contract;
import io.parley.api.contract.ContractFile;
import io.parley.api.operations.FileLinks;
import io.parley.api.operations.Operations;
import io.parley.http.HttpVerticle;
import io.parley.http.NodeLimits;
import io.parley.http.PageSources;
import io.parley.live.LiveVerticle;
import io.parley.ops.LoopLag;
import io.parley.ops.NodeReadiness;
import io.parley.settings.Settings;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The edges that clients use: HTTP, and the sockets that it hands to {@code live}. */
final class EdgeWiring {
  private static final long REFRESH_MS = 500;

  private final Foundation foundation;
  private final Settings settings;
  private final ApiWiring api;
  private final NodeReadiness readiness;
  private final Supplier<Optional<String>> unservedChannels;
  private final Supplier<OptionalInt> simulatorPort;
  private volatile @Nullable LiveVerticle sockets;

  EdgeWiring(
      Foundation foundation,
      ApiWiring api,
      NodeReadiness readiness,
      Supplier<Optional<String>> unservedChannels,
      Supplier<OptionalInt> simulatorPort) {
    this.foundation = foundation;
    this.settings = foundation.settings();
    this.api = api;
    this.readiness = readiness;
    this.unservedChannels = unservedChannels;
    this.simulatorPort = simulatorPort;
  }

  /** The port on which clients are served from now on. */
  Future<Integer> open(Tokens tokens) {
    Authenticator authenticator = api.authenticator(tokens);
    return foundation
        .patiently(authenticator::refresh)
        .compose(fresh -> foundation.patiently(this::ensureAccounts))
        .onSuccess(
            agent -> foundation.vertx().setPeriodic(REFRESH_MS, tick -> authenticator.refresh()))
        .compose(
            agent ->
                foundation
                    .vertx()
                    .executeBlocking(CommonPasswords::load)
                    .compose(common -> open(tokens, authenticator, common, agent)));
  }

  /** The sockets, once the port is open. */
  LiveVerticle sockets() {
    return Objects.requireNonNull(sockets);
  }

  private Future<Optional<Caller>> ensureAccounts() {
    return RequiredAccounts.ensure(foundation.bus(), settings.mode(), settings.accounts().admin());
  }

  private Future<Integer> open(
      Tokens tokens,
      Authenticator authenticator,
      CommonPasswords commonPasswords,
      Optional<Caller> agent) {
    ContractFile file = ContractFile.of(settings.http().publicUrl());
    Contract contract = new Contract(file.document());
    FileLinks links = api.fileLinks();
    Operations operations =
        api.operations(
            contract, tokens, authenticator, commonPasswords, links, foundation.metrics());
    LiveVerticle live =
        new LiveVerticle(
            foundation.nodeId(),
            foundation.bus(),
            operations,
            authenticator,
            InstantSource.system(),
            MetricAdapters.sockets(foundation.metrics()),
            settings.limits().sockets());
    authenticator.onChange(live::recheckCredentials);
    sockets = live;
    PageSources sources = sources(file, contract);
    NodeLimits limits = NodeLimits.of(settings.http().limits());
    return foundation
        .lifecycle()
        .deploy(Lifecycle.Stage.SUPPORT, "live", 1, () -> live)
        .compose(
            open ->
                listen(() -> http(operations, authenticator, agent, sources, links, limits, live)));
  }

  private PageSources sources(ContractFile file, Contract contract) {
    return new PageSources(
        file.yaml(),
        file.json(contract.document()),
        readiness::parts,
        () ->
            Map.of(
                "providers", unservedChannels.get().map(none -> "none for " + none).orElse("up")),
        foundation.metrics()::text,
        caller -> settings.access().metricsOpen() ? Optional.empty() : caller.stopped(Access.ADMIN),
        simulatorPort);
  }

  private HttpVerticle http(
      Operations operations,
      Authenticator authenticator,
      Optional<Caller> agent,
      PageSources sources,
      FileLinks links,
      NodeLimits limits,
      LiveVerticle live) {
    return new HttpVerticle(
        settings.http(),
        operations,
        authenticator::authenticate,
        agent,
        settings
            .channels()
            .webhookSecret()
            .map(secret -> new WebhookSignature(secret, InstantSource.system())),
        sources,
        foundation.bus(),
        links,
        settings.files(),
        limits,
        () -> live.openLoop(foundation.vertx()));
  }

  private Future<Integer> listen(Supplier<HttpVerticle> http) {
    int loops = settings.http().eventLoops();
    return foundation
        .lifecycle()
        .deploy(Lifecycle.Stage.EDGES, "http", loops, http)
        .recover(failure -> Foundation.portInUse("http.port", settings.http().port(), "", failure))
        .compose(
            instances ->
                LoopLag.watch(foundation.vertx(), loops, foundation.metrics())
                    .map(instances.getFirst().port()));
  }
}
