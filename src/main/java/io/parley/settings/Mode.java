package io.parley.settings;

/** {@code sandbox} is insecure, for trying out; {@code production} requires explicit settings. */
public enum Mode {
  SANDBOX,
  PRODUCTION
}
