package io.parley.timeline;

import io.parley.identity.RequestKind;
import java.util.Optional;
import java.util.UUID;

/** The addressing of an external message: a contact, a sender address and a channel. */
public sealed interface Envelope {
  Channel channel();

  /** The party id of the external participant. */
  long contact();

  /** The sender address by which the contact is reached. */
  String via();

  default Direction direction() {
    return switch (this) {
      case Inbound _ -> Direction.INBOUND;
      case Outbound _ -> Direction.OUTBOUND;
    };
  }

  /** Received from a provider of the kind {@code source}, under the provider's {@code id}. */
  record Inbound(Channel channel, long contact, String via, String source, String id)
      implements Envelope {}

  /** Sent to an address; idempotent if the request has a key. */
  record Outbound(Channel channel, long contact, String via, String to, Optional<Request> request)
      implements Envelope {}

  /** A request under an idempotency key, which is unique per caller. */
  record Request(long caller, String key, RequestKind kind, UUID fingerprint) {}
}
