package io.parley.api.operations;

import io.parley.api.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * The position after a page of a list: opaque to clients, bound to its list.
 *
 * @param list identifies the list (operation, place, filters, order); a cursor of another list is
 *     refused
 * @param position the sort key of the last entry of the page
 */
public record Cursor(String list, List<String> position) {
  private static final String SEPARATOR = "\u001f";

  public String text() {
    String plain = fingerprint(list) + SEPARATOR + String.join(SEPARATOR, position);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads the position of {@code parts} parts from a cursor of {@code list}. */
  public static List<String> read(String text, String list, int parts) {
    try {
      String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      List<String> all = Arrays.asList(plain.split(SEPARATOR, -1));
      // a forged cursor may contain a null character, which the database rejects
      if (plain.indexOf(0) < 0
          && all.size() == parts + 1
          && all.getFirst().equals(fingerprint(list))) {
        return all.subList(1, all.size());
      }
    } catch (IllegalArgumentException notBase64) {
      // the same refusal as for a cursor of another list
    }
    throw invalid();
  }

  /** Reads a number from a position. */
  public static long number(String part) {
    try {
      return Long.parseLong(part);
    } catch (NumberFormatException e) {
      throw invalid();
    }
  }

  private static Problem.Refused invalid() {
    return new Problem.Refused(Problem.invalid("cursor", "must be a cursor of this list"));
  }

  private static String fingerprint(String list) {
    return Integer.toHexString(list.hashCode());
  }
}
