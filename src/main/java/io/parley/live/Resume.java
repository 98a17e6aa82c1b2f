package io.parley.live;

import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.conversation.ConversationVerbs.FindMissed;
import io.parley.conversation.ConversationVerbs.FindPreviews;
import io.parley.conversation.ConversationVerbs.FindRevs;
import io.parley.conversation.ConversationVerbs.Missed;
import io.parley.conversation.ConversationVerbs.Place;
import io.parley.conversation.Preview;
import io.parley.json.JsonBytes;
import io.parley.live.feed.PausedFeeds;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Catches one client up with what it missed. While a conversation is being read, its news is kept;
 * behind the reply it goes on where the reply ends.
 */
final class Resume {
  private static final int MOST_POSITIONS = 1_000;
  private static final int MOST_JOINED = 200;
  private static final int MOST_CHANGES = 500;
  private static final int MOST_BYTES = 128 * 1024;

  private final Session connection;
  private final Bus bus;
  private final long caller;
  private final Map<Long, Long> justRead;
  private final Map<Long, Long> positions;
  private final boolean complete;
  private final List<byte[]> events = new ArrayList<>();
  private final List<Long> resync = new ArrayList<>();
  private final List<Long> unknown = new ArrayList<>();
  private final Map<Long, Long> more = new LinkedHashMap<>();
  private final Map<Long, Long> told = new LinkedHashMap<>();
  private List<Preview> joined = List.of();
  private int bytes;
  private boolean full;

  private Resume(Session connection, Map<Long, Long> positions, boolean complete) {
    this.connection = connection;
    this.bus = connection.desk().bus();
    this.caller = connection.caller().party().id();
    this.justRead = connection.justRead();
    this.positions = positions;
    this.complete = complete;
  }

  static Resume of(Session connection, Map<String, @Nullable Object> body) {
    for (String name : body.keySet()) {
      if (!name.equals("positions") && !name.equals("complete")) {
        throw new Problem.Refused(Problem.invalid(name, "is not known here"));
      }
    }
    Object complete = body.get("complete");
    if (complete != null && !(complete instanceof Boolean)) {
      throw new Problem.Refused(Problem.invalid("complete", "must be true or false"));
    }
    return new Resume(connection, positions(body.get("positions")), complete == Boolean.TRUE);
  }

  private static Map<Long, Long> positions(@Nullable Object given) {
    if (given == null) {
      return Map.of();
    }
    if (!(given instanceof Map<?, ?> named)) {
      throw new Problem.Refused(Problem.invalid("positions", "must be an object of revs by id"));
    }
    if (named.size() > MOST_POSITIONS) {
      throw new Problem.Refused(
          Problem.invalid("positions", "may be " + MOST_POSITIONS + " at a time"));
    }
    Map<Long, Long> positions = new LinkedHashMap<>();
    named.forEach(
        (id, rev) -> {
          String text = String.valueOf(id);
          if (!Session.isNumber(text)) {
            throw new Problem.Refused(
                Problem.invalid("positions", "must be named by conversation ids"));
          }
          if (!(rev instanceof Long number) || number < 0) {
            throw new Problem.Refused(
                Problem.invalid("positions." + text, "must be a rev, 0 or more"));
          }
          positions.put(Long.parseLong(text), number);
        });
    return positions;
  }

  Future<Resume> run() {
    positions.keySet().forEach(connection.holds()::pause);
    return connection
        .desk()
        .resumes()
        .enter(() -> connection.isClosed() ? Future.succeededFuture() : read())
        .map(done -> this)
        .onFailure(failure -> positions.keySet().forEach(connection.holds()::suspend));
  }

  private Future<Void> read() {
    return revs()
        .compose(revs -> catchUp(behind(revs)))
        .compose(done -> complete ? findJoined() : Future.succeededFuture());
  }

  /** Whoever asked to listen in the same breath has had most of them read for that. */
  private Future<Map<Long, Long>> revs() {
    List<Long> unsure =
        positions.keySet().stream()
            .filter(id -> justRead.getOrDefault(id, -1L) < position(id))
            .toList();
    return unsure.isEmpty()
        ? Future.succeededFuture(justRead)
        : bus.request(ConversationVerbs.FIND_REVS, new FindRevs(caller, unsure))
            .map(
                found -> {
                  Map<Long, Long> revs = new HashMap<>(justRead);
                  revs.keySet().removeAll(unsure);
                  revs.putAll(found.revs());
                  return revs;
                });
  }

  /** How far those are that have gone on since. */
  private Map<Long, Long> behind(Map<Long, Long> revs) {
    Map<Long, Long> behind = new LinkedHashMap<>();
    positions.forEach(
        (id, position) -> {
          Long rev = revs.get(id);
          if (rev == null) {
            unknown.add(id);
          } else if (position > rev) {
            // from another database, or from the future
            resync.add(id);
          } else if (position.equals(rev)) {
            told.put(id, rev);
          } else {
            behind.put(id, rev);
          }
        });
    return behind;
  }

  /** Some at a time: no more than there may be room for. */
  private Future<Void> catchUp(Map<Long, Long> behind) {
    if (behind.isEmpty() || connection.isClosed()) {
      return Future.succeededFuture();
    }
    if (full) {
      behind.keySet().forEach(id -> more.put(id, position(id)));
      return Future.succeededFuture();
    }
    List<Place> places = new ArrayList<>();
    long changes = 0;
    for (Iterator<Map.Entry<Long, Long>> next = behind.entrySet().iterator();
        next.hasNext() && changes < MOST_CHANGES; ) {
      Map.Entry<Long, Long> each = next.next();
      places.add(new Place(each.getKey(), position(each.getKey())));
      changes += Math.min(MOST_CHANGES, each.getValue() - position(each.getKey()));
      next.remove();
    }
    return bus.request(
            ConversationVerbs.FIND_MISSED,
            new FindMissed(caller, places, MOST_CHANGES, MOST_BYTES - bytes))
        .compose(
            found -> {
              places.forEach(place -> take(place, found));
              return catchUp(behind);
            });
  }

  private long position(long id) {
    return positions.getOrDefault(id, 0L);
  }

  private void take(Place place, Missed found) {
    long id = place.conversation();
    Changes changes = found.changes().get(id);
    if (changes == null) {
      unknown.add(id);
    } else if (changes.tooMany()) {
      resync.add(id);
    } else {
      long last = place.since();
      for (TimelineChanged change : changes.events()) {
        if (full || (bytes + change.event().length > MOST_BYTES && bytes > 0)) {
          full = true;
          more.put(id, last);
          return;
        }
        events.add(change.event());
        bytes += change.event().length + 1;
        last = change.rev();
      }
      if (changes.more()) {
        full = true;
        more.put(id, changes.rev());
      } else {
        told.put(id, changes.rev());
      }
    }
  }

  private Future<Void> findJoined() {
    FindPreviews question =
        new FindPreviews(
            caller,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.copyOf(positions.keySet()),
            MOST_JOINED);
    return bus.request(ConversationVerbs.FIND_PREVIEWS, question)
        .map(
            page -> {
              joined = page.previews();
              return null;
            });
  }

  /** The answer. Whatever was overrun by news while it was read has to be asked for again. */
  Buffer body() {
    told.keySet().stream()
        .filter(connection.holds()::isIncomplete)
        .forEach(id -> more.put(id, told.get(id)));
    told.keySet().removeAll(more.keySet());
    return JsonBytes.object(
        json -> {
          json.writeArrayFieldStart("events");
          for (byte[] event : events) {
            json.writeRawValue(new String(event, java.nio.charset.StandardCharsets.UTF_8));
          }
          json.writeEndArray();
          writeIds(json, "resync", resync);
          writeIds(json, "unknown", unknown);
          json.writeObjectFieldStart("more");
          for (Map.Entry<Long, Long> each : more.entrySet()) {
            json.writeNumberField(Long.toString(each.getKey()), each.getValue());
          }
          json.writeEndObject();
          json.writeArrayFieldStart("joined");
          for (Preview preview : joined) {
            preview.writeTo(json);
          }
          json.writeEndArray();
        });
  }

  private static void writeIds(
      com.fasterxml.jackson.core.JsonGenerator json, String name, List<Long> ids)
      throws java.io.IOException {
    json.writeArrayFieldStart(name);
    for (long id : ids) {
      json.writeNumber(id);
    }
    json.writeEndArray();
  }

  // what was kept has followed, so it knows all that the others know
  private void note(long id, long rev) {
    long known = Math.max(rev, connection.desk().audience().rev(id));
    if (known > position(id) && connection.isListening()) {
      connection.desk().audience().caughtUp(caller, id, known);
    }
  }

  /** After the answer: the news that came meanwhile, and from then on as it comes. */
  void goOn() {
    PausedFeeds holds = connection.holds();
    more.keySet().forEach(holds::suspend);
    told.forEach((id, rev) -> holds.continueFrom(id, rev).forEach(connection::again));
    resync.forEach(id -> holds.release(id).forEach(connection::again));
    unknown.forEach(id -> holds.release(id).forEach(connection::again));
    told.forEach(this::note);
  }
}
