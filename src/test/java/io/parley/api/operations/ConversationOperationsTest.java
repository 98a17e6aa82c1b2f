package io.parley.api.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.Updated;
import io.parley.flow.Outage;
import io.parley.identity.Account;
import io.parley.identity.ClientAddress;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.parley.settings.ChannelSettings;
import io.parley.testing.Await;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Conversation operations with a fake store. */
@Tag("fast")
class ConversationOperationsTest {
  private static final Caller ANN =
      new Caller.User(
          new Account(
              new Party(1, PartyKind.PERSON, "Ann", "ann"),
              "a@example.org",
              Role.USER,
              Instant.EPOCH));

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);

  @AfterEach
  void close() throws Exception {
    Await.result(vertx.close());
  }

  // nobody serves anything else: what an update answers comes from the update itself
  private int statusOfAnUpdate(Future<Result<Updated>> reply) throws Exception {
    bus.serve(ConversationVerbs.UPDATE_GROUP, wanted -> reply);
    Operation update =
        Objects.requireNonNull(
            new ConversationOperations(
                    bus, new ChannelSettings("US", Optional.empty(), Optional.empty()))
                .operations()
                .get("updateConversation"));
    Map<String, Object> fields = new HashMap<>(Map.of("ref", "5", "remove", List.of("ann")));
    return update
        .perform(ANN, new Input(fields, Optional.empty(), "test", ClientAddress.LOCAL))
        .otherwise(failure -> Problem.of(failure, "test"))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS)
        .status();
  }

  @Test
  void anOwnerWhoRemovesThemselvesGetsNoContent() throws Exception {
    Updated left = new Updated(1, Optional.empty(), List.of());
    assertThat(statusOfAnUpdate(Future.succeededFuture(Result.done(left)))).isEqualTo(204);
  }

  @Test
  void anOutageDuringAnUpdateIsReported() throws Exception {
    assertThat(statusOfAnUpdate(Future.failedFuture(Outage.unavailable("gone")))).isEqualTo(503);
  }
}
