package io.parley.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ReactionsTest {
  private static final String THUMB = "\ud83d\udc4d";
  private static final String TEA = "\ud83c\udf75";

  private static Reactions of(String emoji, long parties) {
    Reactions reactions = Reactions.NONE;
    for (long party = 1; party <= parties; party++) {
      reactions = reactions.with(emoji, party).orElseThrow();
    }
    return reactions;
  }

  @Test
  void theyCountEverybodyAndNameTen() {
    assertThat(of(THUMB, 12).all())
        .containsExactly(new Reaction(THUMB, 12, LongStream.rangeClosed(1, 10).boxed().toList()));
    assertThat(of(THUMB, 12).crowd(THUMB)).contains(LongStream.rangeClosed(1, 10).boxed().toList());
    assertThat(of(THUMB, 10).crowd(THUMB)).isEmpty();
  }

  @Test
  void anHeirIsNamedInPlaceOfWhoLeaves() {
    assertThat(of(THUMB, 11).without(THUMB, 1, Optional.of(11L)).all())
        .containsExactly(new Reaction(THUMB, 10, LongStream.rangeClosed(2, 11).boxed().toList()));
    assertThat(of(THUMB, 11).without(THUMB, 11, Optional.empty()).all())
        .containsExactly(new Reaction(THUMB, 10, LongStream.rangeClosed(1, 10).boxed().toList()));
  }

  @Test
  void theLastOneTakesTheEmojiAlong() {
    Reactions two = of(THUMB, 1).with(TEA, 2).orElseThrow();
    assertThat(two.without(THUMB, 1, Optional.empty()).all())
        .isEqualTo(List.of(new Reaction(TEA, 1, List.of(2L))));
    assertThat(of(THUMB, 1).without(THUMB, 1, Optional.empty()).isEmpty()).isTrue();
  }

  @Test
  void twentyEmojisAreEnough() {
    Reactions many = Reactions.NONE;
    for (int i = 0; i < Reactions.MAX_KINDS; i++) {
      many = many.with(Character.toString(0x1F600 + i), 1).orElseThrow();
    }
    assertThat(many.with(THUMB, 1)).isEmpty();
    assertThat(many.with(Character.toString(0x1F600), 2)).isPresent();
  }
}
