package io.parley.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class UsernamesTest {
  @ParameterizedTest
  @CsvSource({"ann,ann", "Ann,ann", "A.N-N_1,a.n-n_1", "0x,0x", "mee,mee", "1.2,1.2", "a,a"})
  void areKeptInLowerCase(String text, String username) {
    assertThat(Usernames.normalised(text)).contains(username);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "me", "ME", "1", "0123", ".ann", "-ann", "_ann", "an n", "ann@x", "änn", "ann\n",
        "ann\0", "ａｎｎ", "\u0131", "\u212a"
      })
  void areNothingThatCouldBeTakenForSomethingElse(String text) {
    assertThat(Usernames.normalised(text)).isEmpty();
  }

  @Test
  void haveAtMostSixtyFourCharacters() {
    assertThat(Usernames.normalised("a".repeat(64))).isPresent();
    assertThat(Usernames.normalised("a".repeat(65))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "ann@example.org,ann",
    "Ann.B+news@example.org,ann.b-news",
    "..ann@example.org,ann",
    "änn@example.org,nn",
    "me@example.org,user",
    "123@example.org,user123",
    "+@example.org,user",
    "日本@example.org,user"
  })
  void areSuggestedByAnEmail(String email, String username) {
    assertThat(Usernames.suggestedBy(email)).isEqualTo(username);
  }

  @Test
  void asSuggestedLeaveRoomForANumber() {
    for (String local : new String[] {"a".repeat(64), "1".repeat(64), "1".repeat(51)}) {
      String suggested = Usernames.suggestedBy(local + "@example.org");
      assertThat(Usernames.normalised(suggested + "999999999")).isPresent();
    }
  }
}
