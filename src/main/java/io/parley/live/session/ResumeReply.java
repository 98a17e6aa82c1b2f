package io.parley.live.session;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.conversation.Preview;
import io.parley.json.JsonBytes;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The reply to a resume while it is being collected: the missed events within a byte limit, and
 * what becomes of each conversation asked for. It is continued (all its events are in the reply),
 * or has more to resume, must be read anew, or is unknown to the caller.
 */
final class ResumeReply {
  static final int MAX_BYTES = 128 * 1024;

  private final List<byte[]> events = new ArrayList<>();
  private final List<Long> resync = new ArrayList<>();
  private final List<Long> unknown = new ArrayList<>();
  private final Map<Long, Long> more = new LinkedHashMap<>();
  private final Map<Long, Long> complete = new LinkedHashMap<>();
  private List<Preview> joined = List.of();
  private int bytes;
  private boolean full;

  /** Whether no further event goes in. */
  boolean isFull() {
    return full;
  }

  int bytesLeft() {
    return MAX_BYTES - bytes;
  }

  void unknown(long conversation) {
    unknown.add(conversation);
  }

  void resync(long conversation) {
    resync.add(conversation);
  }

  /** The caller has everything up to {@code rev}. */
  void complete(long conversation, long rev) {
    complete.put(conversation, rev);
  }

  /** The caller has to resume {@code conversation} again, from {@code rev}. */
  void more(long conversation, long rev) {
    more.put(conversation, rev);
  }

  void joined(List<Preview> previews) {
    joined = previews;
  }

  /** Adds what the store found for a conversation behind {@code since}; null if it is unknown. */
  void add(long conversation, long since, @Nullable Changes changes) {
    if (changes == null) {
      unknown(conversation);
    } else if (changes.tooMany()) {
      resync(conversation);
    } else if (addEvents(conversation, since, changes.events())) {
      if (changes.more()) {
        full = true;
        more(conversation, changes.rev());
      } else {
        complete(conversation, changes.rev());
      }
    }
  }

  /** Returns false if not all of them went in. */
  private boolean addEvents(long conversation, long since, List<TimelineChanged> changes) {
    long last = since;
    for (TimelineChanged change : changes) {
      // a first event always goes in: a client must not be stuck before a large one
      if (full || (bytes + change.event().length > MAX_BYTES && bytes > 0)) {
        full = true;
        more(conversation, last);
        return false;
      }
      events.add(change.event());
      bytes += change.event().length + 1;
      last = change.rev();
    }
    return true;
  }

  /** Makes the caller resume those conversations again whose later events were not all kept. */
  void requireMoreIf(LongPredicate isIncomplete) {
    complete.forEach(
        (id, rev) -> {
          if (isIncomplete.test(id)) {
            more.put(id, rev);
          }
        });
    complete.keySet().removeAll(more.keySet());
  }

  Iterable<Long> withMore() {
    return more.keySet();
  }

  void forEachComplete(BiConsumer<Long, Long> task) {
    complete.forEach(task);
  }

  /** The conversations that the client reads anew, or not at all. */
  List<Long> released() {
    List<Long> released = new ArrayList<>(resync);
    released.addAll(unknown);
    return released;
  }

  Buffer body() {
    return JsonBytes.object(
        json -> {
          json.writeArrayFieldStart("events");
          for (byte[] event : events) {
            json.writeRawValue(new String(event, StandardCharsets.UTF_8));
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

  private static void writeIds(JsonGenerator json, String name, List<Long> ids) throws IOException {
    json.writeArrayFieldStart(name);
    for (long id : ids) {
      json.writeNumber(id);
    }
    json.writeEndArray();
  }
}
