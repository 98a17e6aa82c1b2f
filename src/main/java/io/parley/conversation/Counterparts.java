package io.parley.conversation;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.timeline.Refusal;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The rules for who may talk with whom. */
public final class Counterparts {
  private static final Set<PartyKind> BUSINESS = Set.of(PartyKind.COMPANY, PartyKind.INFLUENCER);

  private Counterparts() {}

  /** The reason why two parties may not have a direct conversation; empty if they may. */
  public static Optional<Refusal> against(Party one, Party other) {
    if (one.id() == other.id()) {
      return Optional.of(Refusal.SELF_CONVERSATION);
    }
    boolean persons = one.kind() == PartyKind.PERSON && other.kind() == PartyKind.PERSON;
    boolean business = EnumSet.of(one.kind(), other.kind()).equals(BUSINESS);
    return persons || business ? Optional.empty() : Optional.of(Refusal.COUNTERPART_NOT_ALLOWED);
  }

  /** Whether parties of this kind may join groups. */
  public static boolean mayJoinGroups(PartyKind kind) {
    return !BUSINESS.contains(kind);
  }
}
