package io.parley.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.timeline.Refusal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class CounterpartsTest {
  private static Party party(long id, PartyKind kind) {
    return new Party(id, kind, "Name", "handle" + id);
  }

  @Test
  void personsTalkWithPersonsAndCompaniesWithInfluencersAndNobodyElse() {
    for (PartyKind one : PartyKind.values()) {
      for (PartyKind other : PartyKind.values()) {
        boolean persons = one == PartyKind.PERSON && other == PartyKind.PERSON;
        boolean deal =
            (one == PartyKind.COMPANY && other == PartyKind.INFLUENCER)
                || (one == PartyKind.INFLUENCER && other == PartyKind.COMPANY);
        assertThat(Counterparts.against(party(1, one), party(2, other)).isEmpty())
            .describedAs("%s with %s", one, other)
            .isEqualTo(persons || deal);
      }
    }
  }

  @Test
  void nobodyTalksWithThemselves() {
    for (PartyKind kind : PartyKind.values()) {
      assertThat(Counterparts.against(party(1, kind), party(1, kind)))
          .contains(Refusal.SELF_CONVERSATION);
    }
  }

  @Test
  void groupsAreForAllButCompaniesAndInfluencers() {
    for (PartyKind kind : PartyKind.values()) {
      assertThat(Counterparts.mayJoinGroups(kind))
          .isEqualTo(kind != PartyKind.COMPANY && kind != PartyKind.INFLUENCER);
    }
  }
}
