package io.parley.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RefTest {
  @Test
  void digitsAreAnId() {
    assertThat(Ref.of("42").id()).hasValue(42);
    assertThat(Ref.of("42").name()).isEmpty();
  }

  @Test
  void anythingElseIsAName() {
    for (String name : new String[] {"anna", "7up", "+4520000000", "a@example.org", "-1", "٣"}) {
      assertThat(Ref.of(name).isId()).as(name).isFalse();
      assertThat(Ref.of(name).name()).contains(name);
    }
  }

  @Test
  void moreDigitsThanAnIdHasMeanNothing() {
    assertThat(Ref.of("9".repeat(18)).id()).hasValue(999_999_999_999_999_999L);
    assertThat(Ref.of("9".repeat(19)).id()).hasValue(0);
  }

  @Test
  void aRefMeansAPartyByIdOrByNameInAnyCase() {
    Party party = new Party(5, PartyKind.PERSON, "Anna", "anna");
    assertThat(Ref.of("5").means(party)).isTrue();
    assertThat(Ref.of("Anna").means(party)).isTrue();
    assertThat(Ref.of("6").means(party)).isFalse();
    assertThat(Ref.of("annabel").means(party)).isFalse();
  }
}
