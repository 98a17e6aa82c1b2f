package io.parley.timeline;

import io.parley.identity.RequestKind;
import java.util.Optional;
import java.util.UUID;

/** How an external message travels: between which contact and which of our addresses, and how. */
public sealed interface Envelope {
  /** sms, mms or email. */
  String channel();

  /** The party outside. */
  long contact();

  /** Our address that the contact is reached from. */
  String via();

  /** Brought by a provider of the kind {@code source}, which calls it {@code id}. */
  record Inbound(String channel, long contact, String via, String source, String id)
      implements Envelope {}

  /** Sent to an address, repeatable if the caller named the request. */
  record Outbound(String channel, long contact, String via, String to, Optional<Request> request)
      implements Envelope {}

  /** A request under a key that belongs to its caller over all calls. */
  record Request(long caller, String key, RequestKind kind, UUID fingerprint) {}
}
