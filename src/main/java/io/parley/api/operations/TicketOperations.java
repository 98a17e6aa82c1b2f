package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.auth.RandomSecret;
import io.parley.api.problem.Answer;
import io.parley.bus.Bus;
import io.parley.identity.TicketVerbs;
import io.parley.identity.TicketVerbs.IssueTicket;
import io.parley.json.JsonBytes;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The operation that issues socket tickets, for clients that cannot set headers. */
public final class TicketOperations {
  private static final Duration LIFETIME = Duration.ofSeconds(30);

  private final Bus bus;
  private final SecureRandom random;

  public TicketOperations(Bus bus, SecureRandom random) {
    this.bus = bus;
    this.random = random;
  }

  public Map<String, Operation> operations() {
    return Map.of("createTicket", this::create);
  }

  private Future<Answer> create(Caller caller, Input input) {
    String ticket = RandomSecret.fresh(random);
    Optional<UUID> login = caller instanceof Caller.User user ? user.login() : Optional.empty();
    Optional<Instant> until = caller instanceof Caller.User user ? user.until() : Optional.empty();
    IssueTicket wanted =
        new IssueTicket(RandomSecret.hash(ticket), caller.party().id(), login, until, LIFETIME);
    return bus.request(TicketVerbs.ISSUE_TICKET, wanted)
        .map(
            issued ->
                Answer.created(
                    JsonBytes.object(
                        json -> {
                          json.writeStringField("ticket", ticket);
                          json.writeNumberField("expires_in", LIFETIME.toSeconds());
                        })));
  }
}
