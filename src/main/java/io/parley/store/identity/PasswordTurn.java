package io.parley.store.identity;

import io.parley.identity.ClientAddress;
import java.util.Optional;

/**
 * Where a password waits to be hashed: in a queue of its purpose, among those of its client. Who
 * gives a password from an address that is known to the account does not wait behind strangers.
 */
record PasswordTurn(Purpose purpose, String client) {
  enum Purpose {
    SIGN_IN_FROM_KNOWN_ADDRESS,
    SIGN_IN,
    BASIC_FROM_KNOWN_ADDRESS,
    BASIC,
    SIGN_UP,
    CHANGE
  }

  static PasswordTurn of(Purpose purpose, Optional<ClientAddress> client) {
    return new PasswordTurn(purpose, client.map(ClientAddress::countedAs).orElse("the gateway"));
  }

  /** The turn if the client's address is known to the account. */
  PasswordTurn fromKnownAddress() {
    return switch (purpose) {
      case SIGN_IN -> new PasswordTurn(Purpose.SIGN_IN_FROM_KNOWN_ADDRESS, client);
      case BASIC -> new PasswordTurn(Purpose.BASIC_FROM_KNOWN_ADDRESS, client);
      case SIGN_IN_FROM_KNOWN_ADDRESS, BASIC_FROM_KNOWN_ADDRESS, SIGN_UP, CHANGE -> this;
    };
  }
}
