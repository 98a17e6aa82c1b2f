package io.parley.api;

/**
 * Who may ask for an operation at all; what they may do with a particular thing is the operation's
 * to decide.
 */
public enum Access {
  ANYONE,
  USER,
  AGENT,
  ADMIN
}
