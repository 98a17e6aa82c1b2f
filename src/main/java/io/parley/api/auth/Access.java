package io.parley.api.auth;

import io.parley.identity.Scope;
import java.util.EnumSet;
import java.util.Set;

/**
 * The audience of an operation; what a caller may do with a particular resource is for the
 * operation to decide.
 */
public enum Access {
  ANYONE,
  USER,
  AGENT,
  ADMIN;

  /** An API key needs one of these scopes, unless the contract names others. */
  public Set<Scope> scopes() {
    return switch (this) {
      case ANYONE -> EnumSet.allOf(Scope.class);
      case USER -> EnumSet.of(Scope.CHAT, Scope.MESSAGES);
      case AGENT -> EnumSet.of(Scope.MESSAGES);
      case ADMIN -> EnumSet.of(Scope.ADMIN);
    };
  }
}
