package io.parley.store.db;

/**
 * The failure that rolls a transaction back because its request key was used before, for another
 * request.
 */
public final class ReusedKey extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ReusedKey() {
    super("the key was used for another request", null, false, false);
  }
}
