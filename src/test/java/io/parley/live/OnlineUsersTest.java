package io.parley.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.flow.Outage;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.live.loop.VirtualLoop;
import io.parley.live.session.Presence;
import io.parley.node.NodesAlive;
import io.parley.testing.Await;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
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
  private static final UUID SELF = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);

  private final List<NodeUsers> sent = new ArrayList<>();
  private int asked;
  private final OnlineUsers users = new OnlineUsers(loop, SELF, new FakeNode());

  private final class FakeNode implements OnlineUsers.Node {
    @Override
    public void changed(Party party, boolean here, Optional<Instant> seenAt) {
      published.add(party.handle() + (here ? " came" : " left"));
    }

    @Override
    public void publish(NodeUsers news) {
      sent.add(news);
    }

    @Override
    public void askOthers(UUID self) {
      asked++;
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

  @Test
  void aUserIsOfflineWhenNoNodeHasThem() {
    arrives(ANN);
    users.accept(NodeUsers.came(OTHER, ANN));
    leaves(ANN);
    pass(10_000);
    assertThat(published).containsExactly("ann came");

    users.accept(NodeUsers.left(OTHER, ANN.id()));
    pass(OnlineUsers.SHORT_ABSENCE_MS);

    assertThat(published).containsExactly("ann came", "ann left");
    assertThat(sent).containsExactly(NodeUsers.came(SELF, ANN), NodeUsers.left(SELF, ANN.id()));
  }

  @Test
  void whoChangesTheNodeWasNeverAway() {
    users.accept(NodeUsers.came(OTHER, ANN));
    users.accept(NodeUsers.left(OTHER, ANN.id()));
    pass(OnlineUsers.SHORT_ABSENCE_MS - 1_000);
    arrives(ANN);
    pass(10_000);

    assertThat(published).containsExactly("ann came");
  }

  @Test
  void theUsersOfANodeThatIsGoneHaveLeft() {
    users.accept(new NodesAlive(Set.of(OTHER), false));
    users.accept(NodeUsers.came(OTHER, ANN));
    pass(10_000);
    assertThat(state().online()).containsExactly(1L);

    users.accept(new NodesAlive(Set.of(), false));
    pass(OnlineUsers.SHORT_ABSENCE_MS);

    assertThat(published).containsExactly("ann came", "ann left");
    assertThat(stored).containsKey(1L);
  }

  @Test
  void allUsersOfANodeReplaceWhatWasKnownOfIt() {
    users.accept(NodeUsers.came(OTHER, ANN));
    users.accept(new NodeUsers(OTHER, List.of(BOB), List.of(), true));
    pass(OnlineUsers.SHORT_ABSENCE_MS);

    assertThat(published).containsExactly("ann came", "bob came", "ann left");
    assertThat(stored).isEmpty();
  }

  @Test
  void newNodesAndMissedNewsAreAskedFor() {
    users.accept(new NodesAlive(Set.of(OTHER), false));
    users.accept(new NodesAlive(Set.of(OTHER), true));
    pass(5_000);
    assertThat(asked).isEqualTo(1);

    users.accept(new NodesAlive(Set.of(OTHER), true));
    pass(5_000);

    assertThat(asked).isEqualTo(2);
  }

  @Test
  void whoAsksIsToldAllUsersInParts() {
    LongStream.rangeClosed(1, OnlineUsers.MAX_PART + 1)
        .forEach(id -> arrives(new Party(id, PartyKind.PERSON, "u" + id, "u" + id)));
    sent.clear();

    users.accept(new NodeUsers.Wanted(SELF));
    users.accept(new NodeUsers.Wanted(OTHER));
    users.accept(new NodeUsers.Wanted(OTHER));
    pass(2_000);

    assertThat(sent).extracting(NodeUsers::first).containsExactly(true, false);
    assertThat(sent).extracting(part -> part.came().size()).containsExactly(500, 1);
  }
}
