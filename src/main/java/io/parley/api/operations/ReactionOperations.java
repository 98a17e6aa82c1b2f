package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.timeline.Emoji;
import io.parley.timeline.Item;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.React;
import io.vertx.core.Future;
import java.util.Map;

/** The operations on reactions: each party may add one of each emoji to an item. */
public final class ReactionOperations {
  private final Bus bus;
  private final ConversationRefs refs;

  public ReactionOperations(Bus bus) {
    this.bus = bus;
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "addReaction",
        (caller, input) ->
            react(caller, input, true).map(item -> RefusalProblems.answer(item, Answer::ok)),
        "removeReaction",
        (caller, input) ->
            react(caller, input, false)
                .map(item -> RefusalProblems.answer(item, done -> Answer.noContent())));
  }

  private Future<Result<Item>> react(Caller caller, Input input, boolean present) {
    String emoji =
        Emoji.of(input.text("emoji"))
            .orElseThrow(() -> new Problem.Refused(Problem.invalid("emoji", "must be one emoji")));
    return refs.conversation(caller, input)
        .compose(
            conversation ->
                bus.request(
                    TimelineVerbs.REACT,
                    new React(
                        conversation, caller.party().id(), input.number("seq"), emoji, present)));
  }
}
