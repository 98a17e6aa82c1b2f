package io.parley.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs.ActiveExternal;
import io.parley.conversation.ConversationVerbs.ActiveExternals;
import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.conversation.ConversationVerbs.PartyConversations;
import io.parley.flow.Outage;
import io.parley.live.frame.SharedFrame;
import io.parley.live.loop.VirtualLoop;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is compared with the store after events were lost, for members and for agents. */
@Tag("fast")
class LossRecoveryTest {
  private static final ActiveExternals NONE = new ActiveExternals(List.of(), false);

  private final VirtualLoop loop = new VirtualLoop();
  private final FeedRegistry registry = new FeedRegistry();

  /** The rev of each conversation in the store. */
  private final Map<Long, Long> stored = new HashMap<>();

  private final Map<Long, List<Long>> conversationsOf = new HashMap<>();
  private final List<Long> fetched = new ArrayList<>();
  private final List<String> received = new ArrayList<>();
  private final List<String> reconnected = new ArrayList<>();
  private ActiveExternals active = NONE;

  /** Who leaves a conversation with its last rev. */
  private final Map<Long, Long> leaving = new HashMap<>();

  private final RevOrder order =
      new RevOrder(
          loop,
          this::changesSince,
          new FeedDelivery(
              registry,
              new DeliveredMarks(
                  loop, batch -> Future.failedFuture(Outage.unavailable("not written here")))));
  private final ExternalConversations external =
      new ExternalConversations(
          loop, ids -> Future.succeededFuture(Set.of()), new ExternalOutput());
  private final LossRecovery members =
      new LossRecovery(
          loop,
          registry,
          new SubscriberLoader(
              loop,
              accounts -> Future.succeededFuture(accounts.stream().map(this::found).toList()),
              new LoaderOutput()),
          order,
          (party, conversations) -> Future.succeededFuture(revsBefore(conversations)));
  private final ExternalRecovery agents =
      new ExternalRecovery(registry, external, new FakeStore(), order);

  private Future<Result<Changes>> changesSince(long conversation, long rev, int limit) {
    fetched.add(conversation);
    long last = stored.get(conversation);
    List<TimelineChanged> events =
        LongStream.rangeClosed(rev + 1, last)
            .mapToObj(each -> change(conversation, each, each == last))
            .toList();
    return Future.succeededFuture(new Result.Done<>(new Changes(events, last, false, false)));
  }

  private TimelineChanged change(long conversation, long rev, boolean last) {
    Long left = last ? leaving.get(conversation) : null;
    return new TimelineChanged(
        conversation, rev, new byte[0], List.of(), left == null ? List.of() : List.of(left));
  }

  private static Map<Long, Long> revsBefore(List<Long> conversations) {
    Map<Long, Long> revs = new HashMap<>();
    conversations.forEach(each -> revs.put(each, 0L));
    return revs;
  }

  private PartyConversations found(long account) {
    List<Long> conversations = conversationsOf.getOrDefault(account, List.of());
    return new PartyConversations(
        account, conversations, conversations.stream().map(stored::get).toList());
  }

  private final class FakeStore implements ExternalRecovery.Store {
    @Override
    public Future<Map<Long, Long>> revs(List<Long> conversations) {
      Map<Long, Long> revs = new HashMap<>(stored);
      revs.keySet().retainAll(conversations);
      return Future.succeededFuture(revs);
    }

    @Override
    public Future<ActiveExternals> active(long ageMs, int limit) {
      return Future.succeededFuture(active);
    }
  }

  private static final class ExternalOutput implements ExternalConversations.Output {
    @Override
    public void openExternal(long conversation, List<TimelineChanged> events) {}

    @Override
    public void closeExternal(long conversation) {}
  }

  private static final class LoaderOutput implements SubscriberLoader.Output {
    @Override
    public void loaded(Subscriber subscriber, @Nullable PartyConversations found) {}

    @Override
    public void failed(Subscriber subscriber, Throwable failure) {}

    @Override
    public void batchDone() {}
  }

  private final class FakeSocket implements FeedListener {
    private final String name;

    FakeSocket(String name) {
      this.name = name;
    }

    @Override
    public void event(long conversation, long rev, SharedFrame frame) {
      received.add(name + " " + conversation + "@" + rev);
    }

    @Override
    public void ephemeral(SharedFrame frame) {}

    @Override
    public boolean isUpToDate(long conversation) {
      return true;
    }

    @Override
    public boolean isClosed() {
      return false;
    }

    @Override
    public void disconnect(int code, String reason) {
      reconnected.add(name);
    }
  }

  private Subscriber subscriber(long account, boolean agent) {
    Subscriber subscriber = new Subscriber(account, agent);
    subscriber.add(new FakeSocket((agent ? "agent" : "user") + account));
    subscriber.becomeReady();
    registry.add(subscriber);
    if (agent) {
      registry.addAgent(subscriber);
    }
    return subscriber;
  }

  /** {@code subscriber} is a member of {@code conversation} and has received it up to a rev. */
  private void member(Subscriber subscriber, long conversation, long rev) {
    registry.join(subscriber, registry.open(conversation, rev));
    conversationsOf
        .computeIfAbsent(subscriber.account(), any -> new ArrayList<>())
        .add(conversation);
    stored.putIfAbsent(conversation, rev);
  }

  private void externalFeed(long conversation, long rev) {
    external.add(conversation);
    registry.open(conversation, rev).external = true;
    stored.put(conversation, rev);
  }

  private void recover() {
    Future<Void> recovered = members.compareAll().compose(done -> agents.compare(60_000));
    loop.advance(10_000);
    assertThat(recovered.succeeded()).isTrue();
  }

  @Test
  void nothingIsFetchedWhereNothingIsMissing() {
    member(subscriber(1, false), 7, 3);
    subscriber(2, true);
    externalFeed(9, 5);

    recover();

    assertThat(fetched).isEmpty();
    assertThat(reconnected).isEmpty();
  }

  @Test
  void aFeedThatIsBehindFetchesWhatItMissed() {
    member(subscriber(1, false), 7, 3);
    stored.put(7L, 5L);

    recover();

    assertThat(received).containsExactly("user1 7@4", "user1 7@5");
    assertThat(reconnected).isEmpty();
  }

  @Test
  void aMissedJoinIsToldFromTheHistory() {
    member(subscriber(1, false), 7, 3);
    member(subscriber(2, false), 7, 3);
    conversationsOf.get(1L).add(8L);
    stored.put(8L, 2L);

    recover();

    assertThat(received).containsExactly("user1 8@1", "user1 8@2");
    assertThat(reconnected).isEmpty();
  }

  @Test
  void aMissedLeaveIsToldFromTheHistory() {
    Subscriber ann = subscriber(1, false);
    member(ann, 7, 3);
    conversationsOf.get(1L).clear();
    stored.put(7L, 4L);
    leaving.put(7L, 1L);

    recover();

    assertThat(received).containsExactly("user1 7@4");
    assertThat(ann.feeds).isEmpty();
    assertThat(reconnected).isEmpty();
  }

  @Test
  void onlySubscribersWhoseMembershipsCannotBeRepairedReconnect() {
    member(subscriber(1, false), 7, 3);
    member(subscriber(2, false), 8, 2);
    conversationsOf.get(1L).add(8L);

    recover();

    assertThat(reconnected).containsExactly("user1");
  }

  @Test
  void aMembershipWhoseEventIsOnItsWayDisconnectsNobody() {
    Subscriber ann = subscriber(1, false);
    member(ann, 7, 3);
    conversationsOf.get(1L).add(8L);
    stored.put(8L, 1L);
    loop.after(LossRecovery.SECOND_LOOK_MS / 2, () -> registry.join(ann, registry.open(8L, 1)));

    recover();

    assertThat(reconnected).isEmpty();
  }

  @Test
  void agentsFetchWhatTheyMissedAndKeepTheirSockets() {
    subscriber(1, true);
    externalFeed(9, 5);
    stored.put(9L, 7L);

    recover();

    assertThat(received).containsExactly("agent1 9@6", "agent1 9@7");
    assertThat(reconnected).isEmpty();
  }

  @Test
  void agentsReceiveConversationsOfWhichNothingHadArrived() {
    subscriber(1, true);
    stored.put(12L, 2L);
    active = new ActiveExternals(List.of(new ActiveExternal(12, 0, 2)), false);

    recover();

    assertThat(received).containsExactly("agent1 12@1", "agent1 12@2");
    assertThat(reconnected).isEmpty();
    assertThat(external.isKnown(12)).isTrue();
  }

  @Test
  void agentsReconnectOnlyWhenTooMuchChangedToCompare() {
    subscriber(1, true);
    active = new ActiveExternals(List.of(), true);

    recover();

    assertThat(reconnected).containsExactly("agent1");
  }

  @Test
  void aNodeWithoutAgentsOpensNoExternalFeeds() {
    stored.put(12L, 2L);
    active = new ActiveExternals(List.of(new ActiveExternal(12, 0, 2)), false);

    recover();

    assertThat(registry.feed(12)).isNull();
  }
}
