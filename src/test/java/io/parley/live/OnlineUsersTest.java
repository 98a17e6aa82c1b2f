package io.parley.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.flow.Outage;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.live.loop.VirtualLoop;
import io.parley.live.session.Presence;
import io.parley.testing.Await;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class OnlineUsersTest {
  private static final Party ANN = new Party(1, PartyKind.PERSON, "Ann", "ann");
  private static final Party BOB = new Party(2, PartyKind.PERSON, "Bob", "bob");

  private final VirtualLoop loop = new VirtualLoop();
  private final List<String> published = new ArrayList<>();
  private final Map<Long, Instant> stored = new HashMap<>();
  private boolean storeFails;
  private final OnlineUsers users = new OnlineUsers(loop, new FakeNode());

  private final class FakeNode implements OnlineUsers.Node {
    @Override
    public void changed(Party party, boolean here, Optional<Instant> seenAt) {
      published.add(party.handle() + (here ? " came" : " left"));
    }

    @Override
    public Future<?> save(Map<Long, Instant> seen) {
      if (storeFails) {
        return Future.failedFuture(Outage.unavailable("down"));
      }
      stored.putAll(seen);
      return Future.succeededFuture();
    }

    @Override
    public Future<Map<Long, Instant>> lastSeen(List<Long> accounts) {
      return Future.succeededFuture(Map.copyOf(stored));
    }
  }

  private void arrives(Party party) {
    Await.result(users.attend(new Presence.Attend(party, true)));
  }

  private void leaves(Party party) {
    Await.result(users.attend(new Presence.Attend(party, false)));
  }

  private void pass(long millis) {
    for (long passed = 0; passed < millis; passed += 1_000) {
      loop.advance(1_000);
      users.sweep();
    }
  }

  private Presence.State state() {
    return Await.result(users.find(new Presence.FindState(List.of(1L, 2L))));
  }

  @Test
  void aUserIsOnlineFromTheFirstSocketToTheLast() {
    arrives(ANN);
    arrives(ANN);
    leaves(ANN);
    pass(10_000);
    assertThat(published).containsExactly("ann came");

    leaves(ANN);
    pass(OnlineUsers.SHORT_ABSENCE_MS);

    assertThat(published).containsExactly("ann came", "ann left");
    assertThat(state().online()).isEmpty();
  }

  @Test
  void aShortAbsenceIsNotPublished() {
    arrives(ANN);
    leaves(ANN);
    pass(OnlineUsers.SHORT_ABSENCE_MS - 1_000);
    assertThat(state().online()).containsExactly(1L);

    arrives(ANN);
    pass(60_000);

    assertThat(published).containsExactly("ann came");
  }

  @Test
  void theTimeOfLeavingIsKnownEvenWhileItCannotBeStored() {
    arrives(ANN);
    pass(5_000);
    leaves(ANN);
    Instant left = loop.instant();
    storeFails = true;
    pass(OnlineUsers.SHORT_ABSENCE_MS);
    assertThat(stored).isEmpty();
    assertThat(state().seen()).containsEntry(1L, left);

    storeFails = false;
    pass(1_000);

    assertThat(stored).containsEntry(1L, left);
  }

  @Test
  void everybodyWasLastSeenWhenTheNodeStops() {
    arrives(ANN);
    arrives(BOB);
    leaves(BOB);
    pass(2_000);

    Await.result(users.stop());

    assertThat(stored).containsOnlyKeys(1L, 2L).containsEntry(1L, loop.instant());
  }

  @Test
  void anEndThatOvertakesItsBeginningLeavesNobodyOnline() {
    leaves(ANN);
    arrives(ANN);
    pass(OnlineUsers.SHORT_ABSENCE_MS);

    assertThat(state().online()).isEmpty();
    assertThat(published).doesNotContain("ann came");
  }
}
