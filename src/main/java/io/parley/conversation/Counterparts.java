package io.parley.conversation;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.timeline.Refusal;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Who may talk with whom. */
public final class Counterparts {
  private static final Set<PartyKind> DEAL = Set.of(PartyKind.COMPANY, PartyKind.INFLUENCER);

  private Counterparts() {}

  /** Why these two may not talk directly, if so. */
  public static Optional<Refusal> against(Party one, Party other) {
    if (one.id() == other.id()) {
      return Optional.of(Refusal.SELF_CONVERSATION);
    }
    boolean persons = one.kind() == PartyKind.PERSON && other.kind() == PartyKind.PERSON;
    boolean deal = EnumSet.of(one.kind(), other.kind()).equals(DEAL);
    return persons || deal ? Optional.empty() : Optional.of(Refusal.COUNTERPART_NOT_ALLOWED);
  }

  /** Whether this party may be in a group. */
  public static boolean mayJoinGroups(PartyKind kind) {
    return !DEAL.contains(kind);
  }
}
