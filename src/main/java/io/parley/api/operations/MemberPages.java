package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.conversation.ConversationVerbs.Direct;
import io.parley.conversation.ConversationVerbs.Members;
import io.parley.conversation.ConversationVerbs.Position;
import io.parley.conversation.Member;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Pages of the members of a conversation, each written as a member or as its receipt. */
final class MemberPages {
  static final String MEMBERS = "members";
  static final String RECEIPTS = "receipts";

  private MemberPages() {}

  /** The name of {@code list} of one conversation, which its cursors carry. */
  static String listName(String list, long conversation) {
    return list + " " + conversation;
  }

  static JsonBytes.Part page(Members page, String listName, Function<Member, JsonBytes.Part> form) {
    Optional<Cursor> next =
        page.more()
            ? Optional.of(page.members().getLast())
                .map(last -> TimeCursor.of(listName, last.joinedAt(), last.party().id()))
            : Optional.empty();
    return ListEnvelope.of(page.members().stream().map(form).toList(), next);
  }

  /** The page that a request asks for of a direct conversation without a first message. */
  static JsonBytes.Part unstarted(
      Caller caller,
      Input input,
      Direct direct,
      String list,
      Function<Member, JsonBytes.Part> form) {
    String listName = list + " with " + direct.other().id();
    int limit = (int) input.number("limit");
    return page(unstarted(caller, direct, TimeCursor.read(input, listName), limit), listName, form);
  }

  /** The two members that a direct conversation will have once it has a first message. */
  static Members unstarted(Caller caller, Direct direct, Optional<Position> after, int limit) {
    List<Member> members =
        Stream.of(caller.party(), direct.other())
            .sorted(Comparator.comparingLong(Party::id))
            .filter(party -> after.isEmpty() || party.id() > after.get().id())
            .map(
                party ->
                    new Member(
                        party, false, Optional.empty(), Optional.empty(), Instant.EPOCH, 0, 0))
            .toList();
    return new Members(members.stream().limit(limit).toList(), members.size() > limit);
  }
}
