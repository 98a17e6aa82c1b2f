package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindMembers;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.Updated;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.conversation.Member;
import io.parley.json.JsonBytes;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The operations on the members of a conversation and their receipts. */
public final class MemberOperations {
  private final Bus bus;
  private final ConversationRefs refs;

  public MemberOperations(Bus bus) {
    this.bus = bus;
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "listMembers",
        (caller, input) -> list(caller, input, MemberPages.MEMBERS, Member.class::cast),
        "addMember",
        this::add,
        "removeMember",
        this::remove,
        "listReceipts",
        (caller, input) -> list(caller, input, MemberPages.RECEIPTS, Member::receipt));
  }

  private Future<Answer> add(Caller caller, Input input) {
    UserRef user = new UserRef(input.text("user"));
    return refs.group(caller, input)
        .compose(conversation -> change(caller, conversation, List.of(user), List.of()))
        .map(updated -> Answer.ok(updated.added().getFirst()));
  }

  private Future<Answer> remove(Caller caller, Input input) {
    UserRef user = new UserRef(input.text("user"));
    return refs.group(caller, input)
        .compose(conversation -> change(caller, conversation, List.of(), List.of(user)))
        .map(updated -> updated.changes() == 0 ? Problem.notFound() : Answer.noContent());
  }

  private Future<Updated> change(
      Caller caller, long conversation, List<UserRef> add, List<UserRef> remove) {
    return bus.request(
            ConversationVerbs.UPDATE_GROUP,
            new UpdateGroup(conversation, caller.party(), Optional.empty(), add, List.of(), remove))
        .map(updated -> RefusalProblems.value(knownUser(updated)));
  }

  // the user is part of the path, and a path that leads nowhere is not found
  private static <T> Result<T> knownUser(Result<T> result) {
    return result instanceof Result.Refused<T> refused && refused.reason() == Refusal.UNKNOWN_MEMBER
        ? Result.refused(Refusal.NOT_THERE)
        : result;
  }

  private Future<Answer> list(
      Caller caller, Input input, String list, Function<Member, JsonBytes.Part> form) {
    if (ConversationRefs.isNumber(input)) {
      return list(caller, input, ConversationRefs.number(input), list, form);
    }
    return refs.direct(caller, input.text("ref"))
        .compose(
            direct ->
                direct.conversation().isPresent()
                    ? list(caller, input, direct.conversation().get(), list, form)
                    : Future.succeededFuture(
                        Answer.ok(MemberPages.unstarted(caller, input, direct, list, form))));
  }

  private Future<Answer> list(
      Caller caller,
      Input input,
      long conversation,
      String list,
      Function<Member, JsonBytes.Part> form) {
    String listName = MemberPages.listName(list, conversation);
    FindMembers query =
        new FindMembers(
            conversation,
            caller.party().id(),
            TimeCursor.read(input, listName),
            Optional.empty(),
            (int) input.number("limit"));
    return bus.request(ConversationVerbs.FIND_MEMBERS, query)
        .map(
            found ->
                RefusalProblems.answer(
                    found, page -> Answer.ok(MemberPages.page(page, listName, form))));
  }
}
