package io.parley.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs.PartyConversations;
import io.parley.flow.Outage;
import io.parley.live.loop.VirtualLoop;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class SubscriberLoaderTest {
  private final List<List<Long>> asked = new ArrayList<>();
  private final List<Promise<List<PartyConversations>>> answers = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();
  private final SubscriberLoader loader =
      new SubscriberLoader(
          new VirtualLoop(),
          accounts -> {
            asked.add(accounts);
            answers.add(Promise.promise());
            return answers.getLast().future();
          },
          new Output());

  private final class Output implements SubscriberLoader.Output {
    @Override
    public void loaded(Subscriber subscriber, @Nullable PartyConversations found) {
      reports.add(subscriber.account() + (found == null ? " none" : " loaded"));
    }

    @Override
    public void failed(Subscriber subscriber, Throwable failure) {
      reports.add(subscriber.account() + " failed");
    }

    @Override
    public void batchDone() {
      reports.add("done");
    }
  }

  private void load(long from, long to) {
    LongStream.rangeClosed(from, to).forEach(id -> loader.load(new Subscriber(id, false)));
  }

  @Test
  void aSingleSubscriberIsLoadedAtOnce() {
    load(5, 5);
    assertThat(asked).containsExactly(List.of(5L));
    assertThat(loader.isLoading()).isTrue();

    answers.getFirst().complete(List.of(new PartyConversations(5, List.of(1L), List.of(1L))));

    assertThat(reports).containsExactly("5 loaded", "done");
    assertThat(loader.isLoading()).isFalse();
  }

  @Test
  void anAccountWithoutConversationsIsLoadedToo() {
    load(5, 5);

    answers.getFirst().complete(List.of());

    assertThat(reports).containsExactly("5 none", "done");
  }

  @Test
  void subscribersThatArriveDuringTheQueriesAreCollectedIntoTheNext() {
    load(1, SubscriberLoader.MAX_QUERIES + SubscriberLoader.MAX_BATCH + 50L);
    assertThat(asked).hasSize(SubscriberLoader.MAX_QUERIES);

    answers.getFirst().complete(List.of());
    answers.get(1).complete(List.of());

    assertThat(asked.get(SubscriberLoader.MAX_QUERIES)).hasSize(SubscriberLoader.MAX_BATCH);
    assertThat(asked.get(SubscriberLoader.MAX_QUERIES + 1)).hasSize(50);
  }

  @Test
  void aQueryThatFailsFailsItsSubscribersAndNoOthers() {
    load(1, SubscriberLoader.MAX_QUERIES + 2L);

    answers.getFirst().fail(Outage.unavailable("down"));

    assertThat(reports).containsExactly("1 failed", "done");
    assertThat(asked.getLast()).containsExactly(5L, 6L);
  }
}
