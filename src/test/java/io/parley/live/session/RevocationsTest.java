package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Caller;
import io.parley.identity.Account;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.parley.live.loop.VirtualLoop;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RevocationsTest {
  private static final UUID LOGIN = new UUID(1, 2);
  private static final Caller ANN =
      new Caller.User(
          new Account(
              new Party(1, PartyKind.PERSON, "Ann", "ann"),
              "ann@example.org",
              Role.USER,
              Instant.EPOCH),
          Optional.of(LOGIN),
          Optional.empty());

  private final VirtualLoop loop = new VirtualLoop();
  private final Revocations revocations = new Revocations(loop);

  @Test
  void aLoginThatEndedDuringTheHandshakeIsFound() {
    loop.advance(1_000);
    long began = loop.now();
    loop.advance(20);
    revocations.add(Set.of(), Set.of(LOGIN));
    loop.advance(90_000);
    revocations.add(Set.of(7L), Set.of());

    assertThat(revocations.concern(ANN, began)).isTrue();
  }

  @Test
  void anAccountThatChangedDuringTheHandshakeIsFound() {
    revocations.add(Set.of(1L), Set.of());

    assertThat(revocations.concern(ANN, loop.now())).isTrue();
  }

  @Test
  void whatEndedBeforeOrConcernsOthersIsNot() {
    revocations.add(Set.of(), Set.of(LOGIN));
    loop.advance(1);
    revocations.add(Set.of(2L), Set.of(new UUID(3, 4)));

    assertThat(revocations.concern(ANN, loop.now())).isFalse();
  }
}
