package io.parley.store.timeline;

import io.parley.timeline.ItemType;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/**
 * The SQL that selects the items of a page. Items are numbered densely, and messages among them
 * too, so an offset becomes a number to start from and the deepest page costs as much as the first.
 *
 * <p>Served by the primary key of item, for messages by item_message, and for items of another type
 * by item_other.
 */
record PageSql(String items, String order, Tuple parameters) {

  static PageSql of(FindItems question) {
    StringBuilder sql = new StringBuilder("select i.* from item i where i.conversation = $1");
    Tuple parameters = Tuple.of(question.conversation(), question.caller());
    boolean messages = question.type().equals(Optional.of(ItemType.MESSAGE));
    if (messages) {
      sql.append(" and i.message_no is not null");
    } else if (question.type().isPresent()) {
      sql.append(" and i.type = ").append(next(parameters, question.type().get().text()));
      sql.append(" and i.type <> 'message'");
    }
    if (question.after().isPresent()) {
      sql.append(" and i.seq > ").append(next(parameters, question.after().getAsLong()));
    }
    if (question.before().isPresent()) {
      sql.append(" and i.seq < ").append(next(parameters, question.before().getAsLong()));
    }
    boolean byNumber = question.offset() > 0 && (messages || question.type().isEmpty());
    String number = messages && question.offset() > 0 ? "i.message_no" : "i.seq";
    if (byNumber) {
      sql.append(" and ").append(number).append(beyondOffset(question, parameters, messages));
    }
    String order = number + (question.ascending() ? " asc" : " desc");
    sql.append(" order by ").append(order);
    sql.append(" limit ").append(next(parameters, (long) question.limit() + 1));
    if (question.offset() > 0 && !byNumber) {
      sql.append(" offset ").append(next(parameters, question.offset()));
    }
    return new PageSql(sql.toString(), order, parameters);
  }

  /** The same items, each with whether the items before it leave room for its content. */
  String itemsWithFits() {
    return "select i.*, %s as fits from (%s) i".formatted(ItemSql.fitsPage(order), items);
  }

  private static String beyondOffset(FindItems question, Tuple parameters, boolean messages) {
    String offset = next(parameters, question.offset());
    String last =
        "(select " + (messages ? "messages" : "last_seq") + " from conversation where id = $1)";
    return question.ascending() ? " > " + offset : " <= " + last + " - " + offset;
  }

  private static String next(Tuple parameters, Object value) {
    parameters.addValue(value);
    return "$" + parameters.size() + (value instanceof Long ? "::bigint" : "");
  }
}
