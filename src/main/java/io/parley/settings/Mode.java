package io.parley.settings;

/** How much is taken for granted: everything on one's own machine, nothing elsewhere. */
public enum Mode {
  SANDBOX,
  PRODUCTION
}
