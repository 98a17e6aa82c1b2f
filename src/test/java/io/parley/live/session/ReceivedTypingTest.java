package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.live.loop.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ReceivedTypingTest {
  private static final Party ANN = new Party(1, PartyKind.PERSON, "Ann", "ann");

  private final VirtualLoop loop = new VirtualLoop();
  private final List<Long> ended = new ArrayList<>();
  private final ReceivedTyping received =
      new ReceivedTyping(loop, (conversation, party) -> ended.add(conversation));

  private void pass(long millis) {
    loop.advance(millis);
    received.sweep();
  }

  @Test
  void typingWhoseEndNeverArrivesEnds() {
    received.accept(7, ANN, true);
    pass(ReceivedTyping.LASTS_MS);
    assertThat(ended).isEmpty();

    pass(1);
    pass(60_000);

    assertThat(ended).containsExactly(7L);
  }

  @Test
  void typingThatIsRepeatedOrEndedDoesNotExpire() {
    received.accept(7, ANN, true);
    received.accept(8, ANN, true);
    pass(ReceivedTyping.LASTS_MS);
    received.accept(7, ANN, true);
    received.accept(8, ANN, false);
    pass(ReceivedTyping.LASTS_MS);

    assertThat(ended).isEmpty();
  }
}
