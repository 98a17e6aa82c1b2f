package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Item;
import io.parley.timeline.ItemType;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.parley.timeline.TimelineVerbs.Items;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Pages of a timeline: the query a request asks for, and the cursor of the page after it. */
final class ItemPages {
  private static final List<String> NOT_WITH_CURSOR = List.of("after", "before", "offset", "order");

  private ItemPages() {}

  static FindItems query(long conversation, Caller caller, Optional<ItemType> type, Input input) {
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
    for (String name : NOT_WITH_CURSOR) {
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

  /** The cursor of the page after {@code page}; empty on the last one. */
  static Optional<Cursor> next(FindItems query, Items page) {
    if (!page.more() || page.items().isEmpty()) {
      return Optional.empty();
    }
    Item last = page.items().getLast();
    OptionalLong seq = OptionalLong.of(last.seq());
    String after = text(query.ascending() ? seq : query.after());
    String before = text(query.ascending() ? query.before() : seq);
    String order = query.ascending() ? "asc" : "desc";
    return Optional.of(
        new Cursor(list(query.conversation(), query.type()), List.of(order, after, before)));
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

  /** A page of {@code history}, in the flat form of the first version of the API. */
  static JsonBytes.Part historyPage(Items page, int limit, long offset) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (Item item : page.items()) {
        json.writeStartObject();
        json.writeStringField("id", item.conversation() + ":" + item.seq());
        json.writeNumberField("chat_id", item.conversation());
        json.writeNumberField("sender_id", item.author().id());
        json.writeStringField("text", item.body().orElse(""));
        json.writeStringField("timestamp", Times.text(item.dates().createdAt()));
        json.writeBooleanField("read", item.responses().read());
        if (item.truncated()) {
          json.writeBooleanField("truncated", true);
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeNumberField("limit", limit);
      json.writeNumberField("offset", offset);
      json.writeNumberField("total", page.messages());
      json.writeEndObject();
    };
  }
}
