package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Caller;
import io.parley.identity.Account;
import io.parley.identity.ClientAddress;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.parley.live.frame.SharedFrame;
import io.parley.live.loop.VirtualLoop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class TypingStatesTest {
  private static final long HERE = 7;

  private final VirtualLoop loop = new VirtualLoop();
  private final List<String> published = new ArrayList<>();
  private final Map<Long, Long> publishedAt = new HashMap<>();
  private final Map<Long, Boolean> shown = new HashMap<>();
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final TypingStates states = new TypingStates(loop, this::publish);
  private final FakeClient ann = new FakeClient(1, "ann");
  private final FakeClient bob = new FakeClient(2, "bob");

  private void publish(long conversation, Party party, boolean active) {
    published.add(party.handle() + " " + conversation + (active ? " types" : " stopped"));
    Long before = publishedAt.put(conversation, loop.now());
    assertThat(before == null || loop.now() - before >= TypingStates.MIN_INTERVAL_MS || !active)
        .describedAs("seed %d: %s", seed, published)
        .isTrue();
    shown.put(conversation, active);
  }

  private static final class FakeClient implements Client {
    private final Caller caller;
    private boolean closed;

    FakeClient(long id, String name) {
      Party party = new Party(id, PartyKind.PERSON, name, name);
      this.caller =
          new Caller.User(new Account(party, name + "@example.org", Role.USER, Instant.EPOCH));
    }

    @Override
    public ClientAddress address() {
      return ClientAddress.LOCAL;
    }

    @Override
    public Caller caller() {
      return caller;
    }

    @Override
    public boolean isClosed() {
      return closed;
    }

    @Override
    public void send(SharedFrame event) {}

    @Override
    public void send(byte[] frame) {}

    @Override
    public void ephemeral(SharedFrame event) {}

    @Override
    public void disconnect(int code, String reason) {
      closed = true;
    }
  }

  private void pass(long millis) {
    for (long passed = 0; passed < millis; passed += 1_000) {
      loop.advance(Math.min(1_000, millis - passed));
      states.sweep();
    }
  }

  @Test
  void theBeginningIsPublishedAtOnceAndRepeatsOnceASecond() {
    for (int i = 0; i < 20; i++) {
      states.update(ann, HERE, true);
      pass(100);
    }

    assertThat(published).containsExactly("ann 7 types", "ann 7 types");
  }

  @Test
  void aQuickEndIsPublishedAfterTheInterval() {
    states.update(ann, HERE, true);
    states.update(ann, HERE, false);
    assertThat(published).containsExactly("ann 7 types");

    pass(TypingStates.MIN_INTERVAL_MS);

    assertThat(published).containsExactly("ann 7 types", "ann 7 stopped");
  }

  @Test
  void whoDoesNotRepeatItHasStopped() {
    states.update(ann, HERE, true);

    pass(TypingStates.LASTS_MS);
    assertThat(published).containsExactly("ann 7 types");
    pass(1_000);

    assertThat(published).containsExactly("ann 7 types", "ann 7 stopped");
  }

  @Test
  void aSessionThatEndsStopsTypingEverywhere() {
    states.update(ann, 6, true);
    states.update(ann, 8, true);
    states.update(bob, HERE, true);

    states.forget(ann);

    assertThat(published)
        .contains("ann 6 stopped", "ann 8 stopped")
        .doesNotContain("bob 7 stopped");
  }

  @Test
  void theOldestEndsWhenAClientTypesInTooManyConversations() {
    for (long conversation = 1; conversation <= TypingStates.MAX_PER_CLIENT + 1; conversation++) {
      states.update(ann, conversation, true);
    }

    assertThat(published).contains("ann 1 stopped").doesNotContain("ann 2 stopped");
  }

  @Test
  void nothingIsPublishedForClientsThatHaveGoneOrNeverTyped() {
    ann.disconnect(1000, "gone");
    states.update(ann, HERE, true);
    states.update(bob, HERE, false);

    assertThat(published).isEmpty();
  }

  /**
   * Whatever a client does: no beginning within a second of the last event, and the last counts.
   */
  @Test
  void generatedTypingIsLimitedAndEndsAsTheClientSaidLast() {
    Random random = new Random(seed);
    Map<Long, Boolean> last = new HashMap<>();
    for (int i = 0; i < 2_000; i++) {
      long conversation = random.nextInt(3);
      last.put(conversation, random.nextBoolean());
      states.update(ann, conversation, last.get(conversation));
      loop.advance(random.nextInt(700));
    }
    loop.advance(TypingStates.MIN_INTERVAL_MS);

    assertThat(shown).describedAs("seed %d", seed).isEqualTo(last);
  }
}
