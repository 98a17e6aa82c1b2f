package io.parley.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Caller;
import io.parley.api.problem.InputError;
import io.parley.api.problem.Problem;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the compiled contract knows beyond the operations of HTTP. */
@Tag("fast")
class ContractTest {
  private static final Contract CONTRACT = ContractCheck.contract();

  @Test
  void appendsAndMarksKeepTheirOrderSideBySide() {
    assertThat(
            CONTRACT.verbs().values().stream()
                .filter(verb -> verb.order() != SocketOrder.ONE_BY_ONE)
                .collect(Collectors.toMap(Verb::id, Verb::order)))
        .isEqualTo(
            Map.of(
                "appendItem", SocketOrder.APPEND,
                "sendMessage", SocketOrder.APPEND,
                "postToConversation", SocketOrder.APPEND,
                "markRead", SocketOrder.MARK));
  }

  @Test
  void everyOperationHasAClassOfWork() {
    assertThat(ids(verb -> verb.work() == WorkClass.SEND))
        .containsExactlyInAnyOrder("sendSms", "sendEmail", "redriveDelivery", "redriveDeliveries");
    // all that reads much for one answer; a new operation of this kind has to say so
    assertThat(ids(verb -> verb.work() == WorkClass.HEAVY))
        .containsExactlyInAnyOrderElementsOf(
            ids(
                verb ->
                    verb.path().startsWith("/api/analytics") || verb.path().equals("/api/search")));
    assertThat(ids(verb -> verb.work() == WorkClass.READ))
        .isNotEmpty()
        .allMatch(id -> CONTRACT.verbs().get(id).method().equals("GET"));
    assertThat(ids(verb -> verb.work() == WorkClass.WRITE))
        .isNotEmpty()
        .noneMatch(id -> CONTRACT.verbs().get(id).method().equals("GET"));
    assertThat(CONTRACT.busOperations().values())
        .allMatch(operation -> operation.work() == WorkClass.READ);
  }

  private static List<String> ids(Predicate<Verb> wanted) {
    return CONTRACT.verbs().values().stream().filter(wanted).map(Verb::id).toList();
  }

  @Test
  void knowsTheOperationsOfTheEventBus() {
    assertThat(CONTRACT.busOperations())
        .containsOnlyKeys("authenticate", "resume", "typing", "presence");
    assertThat(CONTRACT.busOperations().get("authenticate").refuses(Caller.nobody())).isEmpty();
    assertThat(CONTRACT.busOperations().get("typing").refuses(Caller.nobody())).isPresent();
  }

  @Test
  void acceptsTheInputOfTheEventBus() {
    assertThat(wrong("authenticate", Map.of("token", "x"))).isEmpty();
    assertThat(wrong("resume", Map.of())).isEmpty();
    assertThat(wrong("resume", Map.of("positions", Map.of("12", 40L), "complete", true))).isEmpty();
    assertThat(wrong("resume", Collections.singletonMap("positions", null))).isEmpty();
    assertThat(wrong("typing", Map.of("ref", "ann"))).isEmpty();
    assertThat(wrong("typing", Map.of("ref", 12L, "active", false))).isEmpty();
    assertThat(wrong("presence", Map.of("users", List.of("ann", 3L)))).isEmpty();
  }

  @Test
  void refusesOtherInputOfTheEventBusByFieldName() {
    assertThat(wrong("authenticate", Map.of())).containsExactly("token");
    assertThat(wrong("authenticate", Map.of("token", ""))).containsExactly("token");
    assertThat(wrong("resume", Map.of("positions", Map.of("ann", 1L))))
        .containsExactly("positions.ann");
    assertThat(wrong("resume", Map.of("positions", Map.of("12", -1L))))
        .containsExactly("positions.12");
    assertThat(wrong("resume", Map.of("complete", "yes"))).containsExactly("complete");
    assertThat(wrong("typing", Map.of("active", true))).containsExactly("ref");
    assertThat(wrong("typing", Map.of("ref", "ann", "active", 1L))).containsExactly("active");
    assertThat(wrong("presence", Map.of("users", "ann"))).containsExactly("users");
    assertThat(wrong("presence", Map.of("users", Collections.nCopies(201, "ann"))))
        .containsExactly("users");
    assertThat(wrong("presence", Map.of("users", List.of(), "more", 1L))).containsExactly("more");
  }

  private static List<String> wrong(String operation, Map<String, Object> fields) {
    return CONTRACT.busOperations().get(operation).judge(fields).stream()
        .map(Problem::errors)
        .flatMap(List::stream)
        .map(InputError::field)
        .toList();
  }
}
