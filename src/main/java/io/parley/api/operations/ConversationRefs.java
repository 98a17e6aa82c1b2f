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
 * The resolver of {@code {ref}}: digits are the number of a conversation, anything else is the user
 * at the other end of a direct conversation.
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

  /** The user with this name, if the caller may talk to them, and their direct conversation. */
  Future<Direct> direct(Caller caller, String name) {
    return bus.request(
            ConversationVerbs.FIND_DIRECT, new FindDirect(caller.party(), new UserRef(name)))
        .map(RefusalProblems::value);
  }

  /** The conversation, or empty for a direct one that does not exist yet. */
  public Future<Optional<Long>> find(Caller caller, Input input) {
    return isNumber(input)
        ? Future.succeededFuture(Optional.of(number(input)))
        : direct(caller, input.text("ref")).map(Direct::conversation);
  }

  /** The conversation, refused if it is a direct one that does not exist yet. */
  Future<Long> group(Caller caller, Input input) {
    return find(caller, input)
        .map(
            found ->
                found.orElseThrow(
                    () -> new Problem.Refused(RefusalProblems.problem(Refusal.NOT_A_GROUP))));
  }

  /** Fails unless the caller can see the conversation: others must not learn that it exists. */
  Future<Void> checkVisible(Caller caller, Input input) {
    return find(caller, input)
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

  /** The conversation; fails if it does not exist yet. */
  public Future<Long> conversation(Caller caller, Input input) {
    return find(caller, input)
        .map(found -> found.orElseThrow(() -> new Problem.Refused(Problem.notFound())));
  }
}
