package io.parley.identity;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A reference as clients write it: digits are an id, anything else is a name. Names are usernames,
 * phone numbers with a plus sign, or mailboxes, so no name looks like an id.
 *
 * @param id the id; 0, which is never assigned, if there are too many digits for an id
 * @param name the name as the client wrote it; names are compared in lower case
 */
public record Ref(OptionalLong id, Optional<String> name) {
  private static final int MAX_DIGITS = 18;
  private static final long NOTHING = 0;

  public static Ref of(String text) {
    if (!Usernames.isDigits(text)) {
      return new Ref(OptionalLong.empty(), Optional.of(text));
    }
    long id = text.length() > MAX_DIGITS ? NOTHING : Long.parseLong(text);
    return new Ref(OptionalLong.of(id), Optional.empty());
  }

  public boolean isId() {
    return id.isPresent();
  }

  /** Whether this reference means the party. */
  public boolean means(Party party) {
    return id.isPresent()
        ? id.getAsLong() == party.id()
        : name.orElseThrow().equalsIgnoreCase(party.handle());
  }
}
