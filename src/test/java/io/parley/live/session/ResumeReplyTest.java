package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ResumeReplyTest {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ResumeReply reply = new ResumeReply();

  private static TimelineChanged change(long conversation, long rev, int padding) {
    String event =
        "{\"c\":%d,\"rev\":%d,\"p\":\"%s\"}".formatted(conversation, rev, "x".repeat(padding));
    return TimelineChanged.of(conversation, rev, event.getBytes(StandardCharsets.UTF_8));
  }

  private static Changes changes(long upTo, boolean more, TimelineChanged... events) {
    return new Changes(List.of(events), upTo, false, more);
  }

  private Map<Long, Long> complete() {
    Map<Long, Long> complete = new TreeMap<>();
    reply.forEachComplete(complete::put);
    return complete;
  }

  private JsonObject body() {
    return reply.body().toJsonObject();
  }

  @Test
  void aConversationWhoseEventsAllFitContinuesBehindThem() {
    reply.add(1, 4, changes(6, false, change(1, 5, 10), change(1, 6, 10)));

    assertThat(complete()).containsExactly(Map.entry(1L, 6L));
    assertThat(body().getJsonArray("events")).hasSize(2);
    assertThat(body().getJsonObject("more").isEmpty()).isTrue();
  }

  @Test
  void whatDoesNotFitIsResumedFromTheLastEventInTheReply() {
    reply.add(1, 0, changes(2, false, change(1, 1, 70_000), change(1, 2, 70_000)));
    reply.add(2, 8, changes(9, false, change(2, 9, 1)));

    assertThat(reply.isFull()).isTrue();
    assertThat(body().getJsonArray("events")).hasSize(1);
    assertThat(body().getJsonObject("more").getMap()).isEqualTo(Map.of("1", 1, "2", 8));
  }

  @Test
  void aFirstEventGoesInHoweverLarge() {
    reply.add(1, 0, changes(1, false, change(1, 1, ResumeReply.MAX_BYTES)));

    assertThat(complete()).containsExactly(Map.entry(1L, 1L));
  }

  @Test
  void unknownAndOverwhelmingConversationsAreReleased() {
    reply.add(1, 0, null);
    reply.add(2, 0, new Changes(List.of(), 0, true, false));

    assertThat(reply.released()).containsExactlyInAnyOrder(1L, 2L);
    assertThat(body().getJsonArray("unknown")).containsExactly(1);
    assertThat(body().getJsonArray("resync")).containsExactly(2);
  }

  @Test
  void aConversationWithDroppedEventsIsResumedAgain() {
    reply.complete(1, 5);
    reply.complete(2, 6);

    reply.requireMoreIf(id -> id == 1);

    assertThat(complete()).containsOnlyKeys(2L);
    assertThat(body().getJsonObject("more").getMap()).isEqualTo(Map.of("1", 5));
  }

  /** A client repeats its resume from {@code more} until nothing is left. */
  @Test
  void repeatedResumesReturnEveryEventOnce() {
    System.out.println("seed " + seed);
    for (int run = 0; run < 60; run++) {
      runOnce();
    }
  }

  private void runOnce() {
    Map<Long, Long> heads = new HashMap<>();
    Map<Long, Long> positions = new HashMap<>();
    int[] padding = random.ints(64, 0, 40_000).toArray();
    for (long id = 1; id <= 1 + random.nextInt(6); id++) {
      heads.put(id, (long) random.nextInt(60));
      positions.put(id, 0L);
    }
    Map<Long, List<Long>> received = new HashMap<>();
    int resumes = 0;
    while (!positions.isEmpty()) {
      JsonObject body = resume(positions, heads, padding).toJsonObject();
      body.getJsonArray("events").stream()
          .map(JsonObject.class::cast)
          .forEach(
              event ->
                  received
                      .computeIfAbsent(event.getLong("c"), any -> new ArrayList<>())
                      .add(event.getLong("rev")));
      positions.clear();
      JsonObject more = body.getJsonObject("more");
      more.forEach(
          each -> positions.put(Long.parseLong(each.getKey()), more.getLong(each.getKey())));
      assertThat(++resumes).describedAs("seed %d", seed).isLessThan(2_000);
    }
    heads.forEach(
        (id, head) ->
            assertThat(received.getOrDefault(id, List.of()))
                .describedAs("seed %d", seed)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, head).boxed().toList()));
  }

  private Buffer resume(Map<Long, Long> positions, Map<Long, Long> heads, int[] padding) {
    ResumeReply next = new ResumeReply();
    positions.forEach(
        (id, since) -> {
          long upTo = Math.min(heads.get(id), since + 1 + random.nextInt(20));
          List<TimelineChanged> events =
              LongStream.rangeClosed(since + 1, upTo)
                  .mapToObj(rev -> change(id, rev, padding[(int) (rev % padding.length)]))
                  .toList();
          next.add(id, since, new Changes(events, upTo, false, upTo < heads.get(id)));
        });
    assertThat(next.bytesLeft()).isGreaterThan(-70_000);
    return next.body();
  }
}
