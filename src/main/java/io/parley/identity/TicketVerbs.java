package io.parley.identity;

import io.parley.bus.Endpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Tickets: good once, and not for long, for who cannot say otherwise who they are. */
public final class TicketVerbs {
  private TicketVerbs() {}

  /**
   * Keeps a ticket, by its hash, for whom {@code account} is.
   *
   * @param until when the credentials end that it was asked for with
   */
  public record IssueTicket(
      byte[] hash, long account, Optional<UUID> login, Optional<Instant> until, Duration lasts) {}

  public record Issued() {}

  public static final Endpoint<IssueTicket, Issued> ISSUE_TICKET =
      new Endpoint<>("identity.issue-ticket", IssueTicket.class, Issued.class);

  public record RedeemTicket(byte[] hash) {}

  /** Whom a ticket was for: an account or a key. */
  public record Holder(
      Optional<Account> account,
      Optional<ApiKey> key,
      Optional<UUID> login,
      Optional<Instant> until) {}

  /** Empty when the ticket is over, or what it was asked for with is. */
  public record Redeemed(Optional<Holder> holder) {}

  public static final Endpoint<RedeemTicket, Redeemed> REDEEM_TICKET =
      new Endpoint<>("identity.redeem-ticket", RedeemTicket.class, Redeemed.class);
}
