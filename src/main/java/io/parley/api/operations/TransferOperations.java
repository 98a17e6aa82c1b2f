package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.bus.Bus;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.MoveTransfer;
import io.parley.timeline.TransferState;
import io.vertx.core.Future;
import java.util.Map;

/** The operation that moves a transfer to another state. */
public final class TransferOperations {
  private final Bus bus;
  private final ConversationRefs refs;

  public TransferOperations(Bus bus) {
    this.bus = bus;
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of("moveTransfer", this::move);
  }

  private Future<Answer> move(Caller caller, Input input) {
    TransferState wanted = TransferState.of(input.text("state"));
    return refs.conversation(caller, input)
        .compose(
            conversation ->
                bus.request(
                    TimelineVerbs.MOVE_TRANSFER,
                    new MoveTransfer(
                        conversation,
                        caller.party(),
                        caller.settlesTransfers(),
                        input.number("seq"),
                        wanted)))
        .map(moved -> RefusalProblems.answer(moved, Answer::ok));
  }
}
