package io.parley.store.delivery;

import io.parley.channel.DeliveryFilter;
import io.parley.timeline.DeliveryState;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * A filter of deliveries as SQL, and its parameters. Whatever is asked for, one index is walked in
 * the order of the answer and no further than the answer reaches: delivery_item for a conversation,
 * delivery_party for a recipient, delivery_provider_state for a provider, delivery_state for a
 * state. The other conditions are checked on the rows that it finds.
 *
 * <p>A delivery that is queued and was ever claimed counts as sending, which the outbox knows; so a
 * state that is asked for may be several states of the table.
 */
final class DeliveryQuery {
  private static final String CLAIMED =
      "exists (select from outbox o where o.delivery = d.id and o.lease > 0)";

  private final DeliveryFilter filter;
  private final Tuple parameters = Tuple.tuple();
  private final List<String> conditions = new ArrayList<>();

  /** {@code states} are those of the table. */
  private DeliveryQuery(DeliveryFilter filter, List<DeliveryState> states) {
    this.filter = filter;
    parameters.addArrayOfString(states.stream().map(DeliveryState::text).toArray(String[]::new));
    filter.conversation().ifPresent(id -> add("d.conversation = %s", id));
    filter
        .to()
        .ifPresent(to -> add("d.party = (select p.id from party p where p.handle = %s)", to));
    filter.provider().ifPresent(name -> add("d.provider = %s", name));
  }

  /** Deliveries in the states that clients see. */
  static DeliveryQuery of(DeliveryFilter filter) {
    DeliveryQuery query =
        new DeliveryQuery(
            filter,
            filter
                .state()
                .map(DeliveryQuery::storedStates)
                .orElse(Arrays.asList(DeliveryState.values())));
    filter
        .state()
        .ifPresent(
            state -> {
              switch (state) {
                case QUEUED -> query.conditions.add("not " + CLAIMED);
                case SENDING -> query.conditions.add("(d.state = 'sending' or " + CLAIMED + ")");
                case SENT, DELIVERED, FAILED, EXPIRED -> {}
              }
            });
    return query;
  }

  /** Failed and expired deliveries, or one of the two. */
  static DeliveryQuery ofEnded(DeliveryFilter filter) {
    return new DeliveryQuery(
        filter,
        filter.state().map(List::of).orElse(List.of(DeliveryState.FAILED, DeliveryState.EXPIRED)));
  }

  private static List<DeliveryState> storedStates(DeliveryState shown) {
    return shown == DeliveryState.SENDING
        ? List.of(DeliveryState.QUEUED, DeliveryState.SENDING)
        : List.of(shown);
  }

  private void add(String condition, Object value) {
    parameters.addValue(value);
    conditions.add(condition.formatted("$" + parameters.size()));
  }

  Tuple parameters() {
    return parameters;
  }

  /** A query for ids, the newest first, from before {@code before} on. */
  String newestFirst(OptionalLong before, long limit) {
    return ordered("<", "desc", before, limit);
  }

  /** A query for ids, the oldest first, from behind {@code after} on. */
  String oldestFirst(OptionalLong after, long limit) {
    return ordered(">", "asc", after, limit);
  }

  private String ordered(String towards, String direction, OptionalLong from, long limit) {
    List<String> order =
        filter.conversation().isPresent() ? List.of("d.seq", "d.party") : List.of("d.id");
    from.ifPresent(
        id ->
            add(
                filter.conversation().isPresent()
                    ? "(d.seq, d.party) "
                        + towards
                        + " (select x.seq, x.party from delivery x where x.id = %s)"
                    : "d.id " + towards + " %s",
                id));
    String by = String.join(" " + direction + ", ", order) + " " + direction + " limit " + limit;
    if (filter.conversation().isPresent() || filter.to().isPresent()) {
      return "select d.id from delivery d where d.state = any ($1)" + rest() + " order by " + by;
    }
    return "select d.id from unnest($1::text[]) s (state) cross join lateral (select d.id from delivery d"
        + " where d.state = s.state"
        + rest()
        + " order by "
        + by
        + ") d order by "
        + by;
  }

  /** A query for the number of deliveries by state, each counted up to {@code most}. */
  String counts(int most) {
    return """
    select x.state, count(*) as number from unnest($1::text[]) s (state) cross join lateral (
      select case when s.state = 'queued' and o.lease > 0 then 'sending' else s.state end as state
      from delivery d left join outbox o on s.state = 'queued' and o.delivery = d.id
      where d.state = s.state%s limit %d
    ) x group by x.state
    """
        .formatted(rest(), most);
  }

  private String rest() {
    return conditions.isEmpty() ? "" : " and " + String.join(" and ", conditions);
  }
}
