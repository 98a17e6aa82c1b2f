package io.parley.store.delivery;

import io.parley.channel.DispatchVerbs.ClaimDue;
import io.parley.channel.DispatchVerbs.Claimed;
import io.parley.channel.DispatchVerbs.Claims;
import io.parley.channel.DispatchVerbs.Lease;
import io.parley.channel.DispatchVerbs.Queue;
import io.parley.channel.DispatchVerbs.Queues;
import io.parley.channel.DispatchVerbs.ReleaseLeases;
import io.parley.channel.DispatchVerbs.Released;
import io.parley.channel.DispatchVerbs.WakeProvider;
import io.parley.channel.DispatchVerbs.Woken;
import io.parley.channel.OutgoingMessage;
import io.parley.channel.PlainText;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.store.timeline.StoredContent;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pending deliveries: claimed under a lease, released, and made due. None of this takes a rev,
 * so none of it waits for a conversation.
 */
final class Outbox {
  private static final int MAX_WOKEN = 10_000;
  private static final long MAX_COUNTED = 100_000;

  // by outbox_due, outbox_retry_due and outbox_queue
  private static final String CLAIM =
      "select * from claim_due_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

  // by the primary key of outbox
  private static final String RELEASE =
      """
      update outbox o set leased_until = null, asked = null,
        due_at = greatest(o.due_at, clock_timestamp() + l.pause_ms * interval '1 ms')
      from unnest($1::bigint[], $2::bigint[], $3::bigint[]) l (delivery, lease, pause_ms)
      where o.delivery = l.delivery and o.lease = l.lease and o.leased_until is not null
      """;

  private static final String WAKE = "select wake_deliveries($1, $2)";

  // by outbox_due
  private static final String COUNT =
      """
      select r.route, o.bound_to, count(*) as depth
      from unnest(array['email', 'sms']) r (route)
      cross join lateral (
        select o.bound_to from outbox o where o.route = r.route order by o.route, o.due_at, o.delivery limit $1
      ) o
      group by 1, 2 order by 1, 2
      """;

  private final Database database;
  private final Map<String, Cursors> cursors = new HashMap<>();

  /** Where the claims of one provider go on: first attempts, and retries. */
  private record Cursors(ClaimCursor first, ClaimCursor retries) {}

  Outbox(Database database) {
    this.database = database;
  }

  Future<Claims> claim(ClaimDue request) {
    Cursors from =
        cursors.computeIfAbsent(
            request.provider(), any -> new Cursors(new ClaimCursor(), new ClaimCursor()));
    long began = nowMs();
    ClaimCursor.Position first = from.first().startOf(began, request.unbound());
    ClaimCursor.Position retries =
        request.retries() > 0
            ? from.retries().startOf(began, request.unbound())
            : ClaimCursor.START;
    Tuple parameters =
        Tuple.tuple()
            .addString(request.provider())
            .addString(request.route().text())
            .addBoolean(request.unbound())
            .addInteger(request.limit())
            .addInteger(request.retries())
            .addLong(request.lease().toMillis())
            .addValue(first.dueAt())
            .addLong(first.delivery())
            .addValue(retries.dueAt())
            .addLong(retries.delivery());
    return database
        .write(CLAIM, parameters)
        .map(
            rows -> {
              long tookMs = nowMs() - began;
              int again =
                  request.retries() > 0
                      ? advance(from.retries(), retries, rows, true, request.retries(), tookMs)
                      : 0;
              advance(from.first(), first, rows, false, request.limit() - again, tookMs);
              List<Claimed> claimed = new ArrayList<>(rows.size());
              rows.forEach(row -> claimed.add(claimed(row)));
              return new Claims(claimed);
            });
  }

  /** Notes where the claim of retries, or of the others, ended; returns how many there were. */
  private static int advance(
      ClaimCursor cursor,
      ClaimCursor.Position start,
      RowSet<Row> rows,
      boolean retries,
      int limit,
      long tookMs) {
    ClaimCursor.Position last = start;
    int count = 0;
    for (Row row : rows) {
      if (row.getBoolean("retry") == retries) {
        last = new ClaimCursor.Position(row.getOffsetDateTime("due_at"), row.getLong("delivery"));
        count++;
      }
    }
    cursor.advance(last, count >= limit, nowMs(), tookMs);
    return count;
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private static Claimed claimed(Row row) {
    JsonObject payload = row.getJsonObject("payload");
    OutgoingMessage outgoing =
        new OutgoingMessage(
            row.getLong("delivery"),
            row.getInteger("redrives"),
            Channel.of(row.getString("channel")),
            row.getString("sender"),
            row.getString("recipient"),
            Optional.ofNullable(payload == null ? null : payload.getString("subject")),
            body(row, payload),
            payload == null ? List.of() : StoredContent.attachments(payload),
            SqlTime.instant(row, "created_at"));
    return new Claimed(
        outgoing,
        row.getLong("lease"),
        row.getBoolean("retry"),
        row.getInteger("attempts"),
        SqlTime.instant(row, "expires_at"),
        row.getBoolean("deleted"));
  }

  // an email that goes on to a phone is sent as plain text, cut to what an SMS holds
  private static String body(Row row, @Nullable JsonObject payload) {
    Optional<String> body = Optional.ofNullable(row.getString("body"));
    if (Channel.of(row.getString("channel")) == Channel.EMAIL) {
      return body.orElse("");
    }
    JsonObject external = payload == null ? null : payload.getJsonObject("mail");
    if (payload == null || external == null || !"email".equals(external.getString("channel"))) {
      return PlainText.cut(body.orElse(""));
    }
    return PlainText.of(
        body,
        Optional.ofNullable(external.getString("html")),
        Optional.ofNullable(payload.getString("subject")));
  }

  Future<Released> release(ReleaseLeases request) {
    List<Lease> leases = request.leases();
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfLong(leases.stream().map(Lease::delivery).toArray(Long[]::new))
            .addArrayOfLong(leases.stream().map(Lease::lease).toArray(Long[]::new))
            .addArrayOfLong(
                leases.stream().map(each -> each.pause().toMillis()).toArray(Long[]::new));
    return database.write(RELEASE, parameters).map(rows -> new Released(rows.rowCount()));
  }

  /**
   * Makes deliveries due that wait for a provider after a failure. Those that the provider itself
   * asked to delay keep waiting.
   */
  Future<Woken> wake(WakeProvider request) {
    return database
        .write(WAKE, Tuple.of(request.provider(), MAX_WOKEN))
        .map(rows -> new Woken(rows.iterator().next().getInteger(0)));
  }

  /** How many deliveries wait, up to {@link #MAX_COUNTED} for each channel. */
  Future<Queues> count() {
    return database
        .heavyRead(COUNT, Tuple.of(MAX_COUNTED))
        .map(
            rows -> {
              List<Queue> queues = new ArrayList<>();
              rows.forEach(row -> queues.add(queue(row)));
              return new Queues(queues);
            });
  }

  private static Queue queue(Row row) {
    return new Queue(
        Channel.of(row.getString("route")),
        Optional.ofNullable(row.getString("bound_to")),
        row.getLong("depth"));
  }
}
