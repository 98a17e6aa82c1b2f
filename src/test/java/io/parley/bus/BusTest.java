package io.parley.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.flow.Outage;
import io.parley.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class BusTest {
  record Question(String text) {}

  record Told(long conversation, byte[] json, List<String> names) {}

  private static final Endpoint<Question, String> ASK =
      new Endpoint<>("ask", Question.class, String.class);
  private static final Topic<Told> NEWS = new Topic<>("news", Told.class);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);

  @AfterEach
  void close() throws Exception {
    Await.result(vertx.close());
  }

  @Test
  void requestsInsideANodeAreNotSerialized() throws Exception {
    CompletableFuture<Question> heard = new CompletableFuture<>();
    bus.serve(
        ASK,
        question -> {
          heard.complete(question);
          return Future.succeededFuture("yes");
        });
    Question question = new Question("there?");

    assertThat(Await.result(bus.request(ASK, question))).isEqualTo("yes");
    assertThat(heard.get(1, TimeUnit.SECONDS)).isSameAs(question);
  }

  @Test
  void eventsInsideANodeAreNotSerialized() throws Exception {
    CompletableFuture<Told> first = new CompletableFuture<>();
    CompletableFuture<Told> second = new CompletableFuture<>();
    bus.subscribe(NEWS, first::complete);
    bus.subscribe(NEWS, second::complete);
    Told event = new Told(7, new byte[] {1}, List.of());

    bus.publish(NEWS, event);

    assertThat(first.get(1, TimeUnit.SECONDS)).isSameAs(event);
    assertThat(second.get(1, TimeUnit.SECONDS)).isSameAs(event);
  }

  @Test
  void theRelayTakesWhatIsPublishedForAllNodes() {
    List<Object> relayed = new ArrayList<>();
    bus.relayTo((topic, event) -> relayed.add(event));
    Told event = new Told(7, new byte[] {1}, List.of());

    bus.publish(NEWS, event);
    bus.publishHere(NEWS, new Told(8, new byte[] {1}, List.of()));

    assertThat(relayed).containsExactly(event);
  }

  @Test
  void eventsOfOtherNodesReachTheSubscribers() throws Exception {
    CompletableFuture<Told> heard = new CompletableFuture<>();
    bus.subscribe(NEWS, heard::complete);
    Told event = new Told(1L << 40, new byte[] {0, -1, 7}, List.of("a", "\u00e9"));

    bus.receive(NEWS.address(), Bus.encode(event));

    assertThat(heard.get(1, TimeUnit.SECONDS)).usingRecursiveComparison().isEqualTo(event);
  }

  @Test
  void fieldsOfALaterVersionAreIgnored() throws Exception {
    record Later(long conversation, byte[] json, List<String> names, String added) {}
    CompletableFuture<Told> heard = new CompletableFuture<>();
    bus.subscribe(NEWS, heard::complete);

    bus.receive(NEWS.address(), Bus.encode(new Later(7, new byte[] {1}, List.of("a"), "more")));

    assertThat(heard.get(1, TimeUnit.SECONDS).conversation()).isEqualTo(7);
  }

  @Test
  void eventsOfUnknownTopicsAreIgnored() {
    assertThatCode(() -> bus.receive("unknown", new byte[] {1})).doesNotThrowAnyException();
  }

  @Test
  void failuresInsideANodeArriveUnchanged() {
    IllegalStateException bug = new IllegalStateException("bug");
    bus.serve(
        ASK,
        question -> {
          throw bug;
        });

    assertThatThrownBy(() -> Await.result(bus.request(ASK, new Question("?")))).isSameAs(bug);
  }

  @Test
  void aMissingHandlerIsAnOutage() {
    assertThatThrownBy(() -> Await.result(bus.request(ASK, new Question("?"))))
        .isInstanceOfSatisfying(Outage.class, outage -> assertThat(outage.isRetryable()).isTrue());
  }
}
