package io.parley.api.auth;

import io.parley.identity.Scope;
import java.util.EnumSet;
import java.util.Set;

/**
 * Who may ask for an operation at all; what they may do with a particular thing is the operation's
 * to decide.
 */
public enum Access {
  ANYONE,
  USER,
  AGENT,
  ADMIN;

  /** Keys may ask that have one of these, unless the contract names others. */
  public Set<Scope> scopes() {
    return switch (this) {
      case ANYONE -> EnumSet.allOf(Scope.class);
      case USER -> EnumSet.of(Scope.CHAT, Scope.MESSAGES);
      case AGENT -> EnumSet.of(Scope.MESSAGES);
      case ADMIN -> EnumSet.of(Scope.ADMIN);
    };
  }
}
