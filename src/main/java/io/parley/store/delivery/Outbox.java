package io.parley.store.delivery;

import io.parley.channel.Channel;
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
import io.parley.store.timeline.TimelineRows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pending deliveries: claimed under a lease, given back, woken. Nothing here takes a rev, so
 * nothing here waits for a conversation.
 */
public final class Outbox {
  private static final int MOST_WOKEN = 10_000;

  private final Database database;
  private final Map<String, ClaimCursor> floors = new HashMap<>();

  public Outbox(Database database) {
    this.database = database;
  }

  public Future<Claims> claim(ClaimDue wanted) {
    String sql = "select * from claim_deliveries($1, $2, $3, $4, $5, $6, $7)";
    ClaimCursor floor = floors.computeIfAbsent(wanted.provider(), any -> new ClaimCursor());
    long began = nowMs();
    ClaimCursor.Place from = floor.from(began, wanted.unbound());
    Tuple parameters =
        Tuple.tuple()
            .addString(wanted.provider())
            .addString(wanted.route().text())
            .addBoolean(wanted.unbound())
            .addInteger(wanted.limit())
            .addLong(wanted.lease().toMillis())
            .addValue(from.at())
            .addLong(from.delivery());
    return database
        .write(sql, parameters)
        .map(
            rows -> {
              List<Claimed> claimed = new ArrayList<>(rows.size());
              ClaimCursor.Place last = from;
              for (Row row : rows) {
                claimed.add(claimed(row));
                last =
                    new ClaimCursor.Place(row.getOffsetDateTime("due_at"), row.getLong("delivery"));
              }
              long now = nowMs();
              floor.passed(last, claimed.size() >= wanted.limit(), now, now - began);
              return new Claims(claimed);
            });
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
            urls(payload),
            TimelineRows.instant(row, "created_at"));
    return new Claimed(
        outgoing,
        row.getLong("lease"),
        row.getInteger("attempts"),
        TimelineRows.instant(row, "expires_at"),
        row.getBoolean("deleted"));
  }

  // a phone has no use for tags, and for no more than an SMS holds
  private static String body(Row row, @Nullable JsonObject payload) {
    Optional<String> body = Optional.ofNullable(row.getString("body"));
    if (Channel.of(row.getString("channel")) == Channel.EMAIL) {
      return body.orElse("");
    }
    JsonObject mail = payload == null ? null : payload.getJsonObject("mail");
    if (payload == null || mail == null || !"email".equals(mail.getString("channel"))) {
      return PlainText.cut(body.orElse(""));
    }
    return PlainText.of(
        body,
        Optional.ofNullable(mail.getString("html")),
        Optional.ofNullable(payload.getString("subject")));
  }

  private static List<String> urls(@Nullable JsonObject payload) {
    JsonArray kept = payload == null ? null : payload.getJsonArray("attachments");
    List<String> urls = new ArrayList<>();
    if (kept != null) {
      for (int i = 0; i < kept.size(); i++) {
        urls.add(kept.getJsonObject(i).getString("url"));
      }
    }
    return urls;
  }

  public Future<Released> release(ReleaseLeases wanted) {
    String sql =
        """
        update outbox o set leased_until = null, asked = null,
          due_at = greatest(o.due_at, clock_timestamp() + l.pause_ms * interval '1 ms')
        from unnest($1::bigint[], $2::bigint[], $3::bigint[]) l (delivery, lease, pause_ms)
        where o.delivery = l.delivery and o.lease = l.lease and o.leased_until is not null
        """;
    List<Lease> leases = wanted.leases();
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfLong(leases.stream().map(Lease::delivery).toArray(Long[]::new))
            .addArrayOfLong(leases.stream().map(Lease::lease).toArray(Long[]::new))
            .addArrayOfLong(
                leases.stream().map(each -> each.pause().toMillis()).toArray(Long[]::new));
    return database.write(sql, parameters).map(rows -> new Released(rows.rowCount()));
  }

  /** What a provider asked to wait for keeps waiting: only trouble is over. */
  public Future<Woken> wake(WakeProvider wanted) {
    String sql =
        """
        update outbox o set due_at = clock_timestamp()
        from (
          select w.delivery from outbox w join delivery d on d.id = w.delivery
          where w.due_at > clock_timestamp() and w.due_at < 'infinity' and w.leased_until is null
            and d.provider = $1 and d.error_code is distinct from 'throttled'
          order by w.due_at limit %d for update of w skip locked
        ) x
        where o.delivery = x.delivery
        """
            .formatted(MOST_WOKEN);
    return database.write(sql, Tuple.of(wanted.provider())).map(rows -> new Woken(rows.rowCount()));
  }

  public Future<Queues> count() {
    String sql =
        "select route, bound_to, count(*) as depth from outbox group by route, bound_to order by 1, 2";
    return database
        .read(sql, Tuple.tuple())
        .map(
            rows -> {
              List<Queue> queues = new ArrayList<>();
              for (Row row : rows) {
                queues.add(
                    new Queue(
                        Channel.of(row.getString("route")),
                        Optional.ofNullable(row.getString("bound_to")),
                        row.getLong("depth")));
              }
              return new Queues(queues);
            });
  }

  /**
   * Wakes what is parked though nothing is before it any more: its queue may hold deliveries of
   * several conversations, and no lock keeps those apart.
   */
  public Future<Integer> unpark() {
    String sql =
        """
        update outbox o set due_at = clock_timestamp()
        from (
          select p.delivery from outbox p
          where p.route in ('sms', 'email') and p.due_at = 'infinity'
            and not exists (select from outbox e where e.queue = p.queue and e.delivery < p.delivery)
          for update skip locked
        ) x
        where o.delivery = x.delivery
        """;
    return database.write(sql, Tuple.tuple()).map(rows -> rows.rowCount());
  }
}
