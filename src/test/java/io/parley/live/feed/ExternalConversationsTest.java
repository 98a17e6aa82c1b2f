package io.parley.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.flow.Outage;
import io.parley.live.loop.VirtualLoop;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ExternalConversationsTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final List<List<Long>> asked = new ArrayList<>();
  private final List<Promise<Set<Long>>> answers = new ArrayList<>();
  private final List<String> opened = new ArrayList<>();
  private final List<Long> closed = new ArrayList<>();
  private final ExternalConversations conversations =
      new ExternalConversations(
          loop,
          ids -> {
            asked.add(ids);
            answers.add(Promise.promise());
            return answers.getLast().future();
          },
          new ExternalConversations.Output() {
            @Override
            public void openExternal(long conversation, List<TimelineChanged> events) {
              opened.add(conversation + ":" + events.stream().map(TimelineChanged::rev).toList());
            }

            @Override
            public void closeExternal(long conversation) {
              closed.add(conversation);
            }
          });

  private void accept(long conversation, long rev) {
    conversations.accept(TimelineChanged.of(conversation, rev, new byte[0]));
  }

  @Test
  void eventsWaitForTheAnswerAndOpenAFeedTogether() {
    accept(1, 7);
    accept(1, 8);
    assertThat(opened).isEmpty();

    answers.getFirst().complete(Set.of(1L));

    assertThat(opened).containsExactly("1:[7, 8]");
    assertThat(conversations.isEmpty()).isFalse();
  }

  @Test
  void conversationsThatComeDuringAQueryAreAskedForTogether() {
    accept(1, 1);
    accept(2, 1);
    accept(3, 1);
    assertThat(asked).containsExactly(List.of(1L));

    answers.getFirst().complete(Set.of());

    assertThat(asked.getLast()).containsExactlyInAnyOrder(2L, 3L);
  }

  @Test
  void aConversationWithoutExternalParticipantsIsAskedForOnce() {
    accept(1, 1);
    answers.getFirst().complete(Set.of());

    accept(1, 2);

    assertThat(asked).hasSize(1);
    assertThat(opened).isEmpty();
  }

  @Test
  void aQueryThatFailsIsRepeatedWithoutLosingEvents() {
    accept(1, 1);
    answers.getFirst().fail(Outage.unavailable("down"));
    accept(1, 2);

    loop.advance(ExternalConversations.RETRY_MS);
    answers.getLast().complete(Set.of(1L));

    assertThat(opened).containsExactly("1:[1, 2]");
  }

  @Test
  void clearingClosesTheFeedsAndForgetsWhatWaits() {
    accept(1, 1);
    answers.getFirst().complete(Set.of(1L));
    accept(2, 1);

    conversations.clear();
    answers.getLast().complete(Set.of(2L));

    assertThat(closed).containsExactly(1L);
    assertThat(opened).hasSize(1);
    assertThat(conversations.isEmpty()).isTrue();
  }
}
