package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.timeline.Item;
import io.parley.timeline.ItemType;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.parley.timeline.TimelineVerbs.Items;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** How clients ask for a page of a timeline, and how its cursors go on. */
final class ItemPages {
  private static final List<String> EXCLUDED = List.of("after", "before", "offset", "order");

  private ItemPages() {}

  static FindItems question(
      long conversation, Caller caller, Optional<ItemType> type, Input input) {
    int limit = (int) input.number("limit");
    Optional<String> cursor = input.optionalText("cursor");
    if (cursor.isEmpty()) {
      if (isInverted(input.optionalNumber("after"), input.optionalNumber("before"))) {
        throw new Problem.Refused(Problem.invalid("before", "must not be smaller than after"));
      }
      return new FindItems(
          conversation,
          caller.party().id(),
          type,
          input.optionalNumber("after"),
          input.optionalNumber("before"),
          input.optionalNumber("offset").orElse(0),
          !input.optionalText("order").equals(Optional.of("desc")),
          limit);
    }
    for (String name : EXCLUDED) {
      if (input.has(name)) {
        throw new Problem.Refused(Problem.invalid(name, "cannot be combined with cursor"));
      }
    }
    List<String> position = Cursor.read(cursor.get(), list(conversation, type), 3);
    return new FindItems(
        conversation,
        caller.party().id(),
        type,
        bound(position.get(1)),
        bound(position.get(2)),
        0,
        position.get(0).equals("asc"),
        limit);
  }

  private static boolean isInverted(OptionalLong after, OptionalLong before) {
    return after.isPresent() && before.isPresent() && before.getAsLong() < after.getAsLong();
  }

  /** Where this page goes on. */
  static Optional<Cursor> next(FindItems question, Items page) {
    if (!page.more() || page.items().isEmpty()) {
      return Optional.empty();
    }
    Item last = page.items().getLast();
    OptionalLong seq = OptionalLong.of(last.seq());
    String after = text(question.ascending() ? seq : question.after());
    String before = text(question.ascending() ? question.before() : seq);
    String order = question.ascending() ? "asc" : "desc";
    return Optional.of(
        new Cursor(list(question.conversation(), question.type()), List.of(order, after, before)));
  }

  private static String list(long conversation, Optional<ItemType> type) {
    return "items " + conversation + " " + type.map(ItemType::text).orElse("");
  }

  private static String text(OptionalLong bound) {
    return bound.isPresent() ? Long.toString(bound.getAsLong()) : "";
  }

  private static OptionalLong bound(String text) {
    return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Cursor.number(text));
  }
}
