package io.parley;

import io.parley.api.auth.Access;
import io.parley.api.auth.Authenticator;
import io.parley.api.auth.CommonPasswords;
import io.parley.api.auth.Seal;
import io.parley.api.auth.Tokens;
import io.parley.api.contract.Contract;
import io.parley.api.operations.AllowedSenders;
import io.parley.api.operations.CallLimits;
import io.parley.api.operations.ChangeOperations;
import io.parley.api.operations.ChannelOperations;
import io.parley.api.operations.ConversationOperations;
import io.parley.api.operations.DeliveryOperations;
import io.parley.api.operations.FileLinks;
import io.parley.api.operations.FileOperations;
import io.parley.api.operations.IdentityOperations;
import io.parley.api.operations.InsightOperations;
import io.parley.api.operations.ItemOperations;
import io.parley.api.operations.KeyOperations;
import io.parley.api.operations.MemberOperations;
import io.parley.api.operations.NodeOperations;
import io.parley.api.operations.Operations;
import io.parley.api.operations.ReactionOperations;
import io.parley.api.operations.TicketOperations;
import io.parley.api.operations.TransferOperations;
import io.parley.api.operations.UserOperations;
import io.parley.bus.Bus;
import io.parley.ops.Metrics;
import io.parley.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/** The parts of the API: credentials, file links and the operations of the contract. */
final class ApiWiring {
  private static final int KEY_BYTES = 32;

  private final Settings settings;
  private final Vertx vertx;
  private final Bus bus;
  private final UUID nodeId;
  private final SecureRandom random = new SecureRandom();

  ApiWiring(Foundation foundation) {
    this.settings = foundation.settings();
    this.vertx = foundation.vertx();
    this.bus = foundation.bus();
    this.nodeId = foundation.nodeId();
  }

  Future<Tokens> tokens() {
    return Tokens.open(
        vertx,
        bus,
        settings.secret().bytes(),
        "parley",
        settings.accounts().auth().tokenLifetime(),
        random);
  }

  Authenticator authenticator(Tokens tokens) {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return new Authenticator(
        bus, tokens, Seal.of(key, "credentials", random), InstantSource.system(), System::nanoTime);
  }

  FileLinks fileLinks() {
    return new FileLinks(
        settings.http().publicUrl(),
        Seal.of(settings.secret().bytes(), "file links", random),
        InstantSource.system());
  }

  Operations operations(
      Contract contract,
      Tokens tokens,
      Authenticator authenticator,
      CommonPasswords commonPasswords,
      FileLinks links,
      Metrics metrics) {
    InstantSource clock = InstantSource.system();
    Access analytics = settings.access().analyticsOpen() ? Access.USER : Access.ADMIN;
    IdentityOperations identity =
        new IdentityOperations(
            bus,
            tokens,
            authenticator,
            clock,
            settings.accounts().auth().refreshLifetime(),
            settings.accounts().signupOpen(),
            commonPasswords);
    CallLimits limits = new CallLimits(settings.limits(), System::nanoTime);
    return new Operations(
        contract,
        List.of(
            identity.operations(),
            new UserOperations(bus, settings.accounts().emailsShown()).operations(),
            new KeyOperations(bus, authenticator, random).operations(),
            new TicketOperations(bus, random).operations(),
            new ConversationOperations(bus, settings.channels()).operations(),
            new MemberOperations(bus).operations(),
            new ChangeOperations(bus).operations(),
            new ItemOperations(bus, links, new AllowedSenders(settings.channels()), limits)
                .operations(),
            new InsightOperations(bus, analytics, clock).operations(),
            new ChannelOperations(vertx, bus, links, settings.channels()).operations(),
            new DeliveryOperations(bus, settings.channels(), limits).operations(),
            new FileOperations(bus, links, clock).operations(),
            new ReactionOperations(bus).operations(),
            new NodeOperations(bus, nodeId).operations(),
            new TransferOperations(bus).operations()),
        limits,
        metrics::operation);
  }
}
