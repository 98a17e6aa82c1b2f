package io.parley.identity;

import io.parley.bus.Endpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Requests about tickets: single-use, short-lived credentials for clients that cannot send an
 * authorization header, such as a WebSocket of a browser.
 */
public final class TicketVerbs {
  private TicketVerbs() {}

  /**
   * Stores the hash of a ticket for an account or an API key.
   *
   * @param until when the credentials expire with which the ticket was requested
   */
  public record IssueTicket(
      byte[] hash, long account, Optional<UUID> login, Optional<Instant> until, Duration lasts) {}

  public record TicketIssued() {}

  public static final Endpoint<IssueTicket, TicketIssued> ISSUE_TICKET =
      new Endpoint<>("identity.issue-ticket", IssueTicket.class, TicketIssued.class);

  public record RedeemTicket(byte[] hash) {}

  /** The holder of a ticket: an account or an API key. */
  public record TicketHolder(
      Optional<Account> account,
      Optional<ApiKey> key,
      Optional<UUID> login,
      Optional<Instant> until) {}

  /** Empty if the ticket, or the credential with which it was requested, is no longer valid. */
  public record RedeemedTicket(Optional<TicketHolder> holder) {}

  public static final Endpoint<RedeemTicket, RedeemedTicket> REDEEM_TICKET =
      new Endpoint<>("identity.redeem-ticket", RedeemTicket.class, RedeemedTicket.class);
}
