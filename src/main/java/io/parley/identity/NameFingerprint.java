package io.parley.identity;

/**
 * A keyed hash of a name, the same on all nodes. Wrong passwords for names that nobody has are
 * counted under it, because such a name may be a password that somebody typed into the wrong field.
 */
@FunctionalInterface
public interface NameFingerprint {
  String of(String name);
}
