package io.parley.api.contract;

/** The texts that tell a client what is wrong with a field. */
final class Wording {
  static final String UNKNOWN_FIELD = "is not a known field";

  private Wording() {}

  static String atLeast(long count, String unit) {
    return "must have at least " + count + " " + plural(count, unit);
  }

  static String atMost(long count, String unit) {
    return "must have at most " + count + " " + plural(count, unit);
  }

  static String plural(long count, String unit) {
    if (count == 1) {
      return unit;
    }
    return unit.endsWith("y") ? unit.substring(0, unit.length() - 1) + "ies" : unit + "s";
  }
}
