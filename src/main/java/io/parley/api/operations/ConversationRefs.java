package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.Direct;
import io.parley.conversation.ConversationVerbs.FindDirect;
import io.parley.conversation.ConversationVerbs.FindPreview;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.identity.Ref;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * What {@code {ref}} means: digits a conversation, anything else the user whose direct conversation
 * it is.
 */
public final class ConversationRefs {
  private final Bus bus;

  public ConversationRefs(Bus bus) {
    this.bus = bus;
  }

  static boolean isNumber(Input input) {
    return Ref.of(input.text("ref")).isId();
  }

  /** The number of a conversation, which may not exist. */
  static long number(Input input) {
    return Ref.of(input.text("ref")).id().orElseThrow();
  }

  /**
   * The user of that name, with whom the caller may talk, and their conversation if there is one.
   */
  Future<Direct> direct(Caller caller, String name) {
    return bus.request(
            ConversationVerbs.FIND_DIRECT, new FindDirect(caller.party(), new UserRef(name)))
        .map(RefusalProblems::value);
  }

  /** The conversation meant, if there is one. */
  public Future<Optional<Long>> perhaps(Caller caller, Input input) {
    return isNumber(input)
        ? Future.succeededFuture(Optional.of(number(input)))
        : direct(caller, input.text("ref")).map(Direct::conversation);
  }

  /** The group meant; what somebody would say to somebody else is none. */
  Future<Long> group(Caller caller, Input input) {
    return perhaps(caller, input)
        .map(
            found ->
                found.orElseThrow(
                    () -> new Problem.Refused(RefusalProblems.problem(Refusal.NOT_A_GROUP))));
  }

  /** Fails with 404 unless the caller may see the conversation. */
  Future<Void> seen(Caller caller, Input input) {
    return perhaps(caller, input)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.succeededFuture()
                    : bus.request(
                            ConversationVerbs.FIND_PREVIEW,
                            new FindPreview(found.get(), caller.party().id()))
                        .map(RefusalProblems::value)
                        .mapEmpty());
  }

  /** The conversation meant. */
  public Future<Long> conversation(Caller caller, Input input) {
    return perhaps(caller, input)
        .map(found -> found.orElseThrow(() -> new Problem.Refused(Problem.notFound())));
  }
}
