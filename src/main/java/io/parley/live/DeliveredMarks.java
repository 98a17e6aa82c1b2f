package io.parley.live;

import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.MarkReached;
import io.parley.conversation.ConversationVerbs.Reached;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes down, every few seconds, how far those who listen have been told. To tell costs a flag of
 * the room; who that reached is worked out when it is written. Whoever leaves before that is noted
 * with what they were told.
 */
final class DeliveredMarks {
  // whoever says something waits for those that hold their own mark
  private static final int MOST_AT_ONCE = 50;
  private static final int MOST_UNWRITTEN = 20_000;

  private final SocketLoop desk;
  private final Bus bus;
  private final ArrayDeque<ConversationFeed> rooms = new ArrayDeque<>();

  /** Of those who left, and what could not be written. */
  private List<Reached> unwritten = new ArrayList<>();

  private Future<Void> saving = Future.succeededFuture();
  private long turns;

  DeliveredMarks(SocketLoop desk, Bus bus) {
    this.desk = desk;
    this.bus = bus;
  }

  /** Those who hear {@code room} were told something. */
  void told(ConversationFeed room) {
    room.toldAt = ++turns;
    if (!room.unsaved) {
      room.unsaved = true;
      rooms.add(room);
    }
  }

  /** {@code entry} hears from here on, and was told of nothing yet. */
  void came(Subscriptions.Entry entry) {
    entry.cameAt = turns;
  }

  private static boolean isTold(Subscriptions.Entry entry, ConversationFeed room) {
    return room.toldAt > entry.cameAt;
  }

  /** {@code account} was told of {@code conversation} apart from the others. */
  void told(long account, long conversation, long rev) {
    again(new Reached(conversation, account, rev));
  }

  /** {@code entry} hears nothing from here on; {@code last} is the socket it ended with. */
  void left(Subscriptions.Entry entry, Session last) {
    for (ConversationFeed room : entry.rooms) {
      if (room.unsaved && isTold(entry, room) && last.isToldOf(room.id)) {
        again(new Reached(room.id, entry.account, room.rev));
      }
    }
  }

  /** One at a time; done when all that was told before is written, or could not be. */
  Future<Void> save() {
    if (saving.isComplete()) {
      List<Reached> reached = unwritten;
      unwritten = new ArrayList<>();
      saving = save(reached, rooms.size());
    }
    return saving;
  }

  private Future<Void> save(List<Reached> reached, int left) {
    int more = left;
    while (reached.size() < MOST_AT_ONCE && more > 0 && !rooms.isEmpty()) {
      more--;
      ConversationFeed room = rooms.poll();
      room.unsaved = false;
      for (Subscriptions.Entry entry : room.members) {
        if (isTold(entry, room)
            && entry.connections.stream().anyMatch(each -> each.isToldOf(room.id))) {
          reached.add(new Reached(room.id, entry.account, room.rev));
        }
      }
    }
    if (reached.isEmpty()) {
      return Future.succeededFuture();
    }
    int then = more;
    List<Reached> batch = List.copyOf(reached.subList(0, Math.min(MOST_AT_ONCE, reached.size())));
    List<Reached> rest = new ArrayList<>(reached.subList(batch.size(), reached.size()));
    return Future.future(
        written ->
            desk.home(
                bus.request(ConversationVerbs.MARK_REACHED, new MarkReached(batch)),
                (busy, failure) -> {
                  if (failure == null) {
                    batch.stream()
                        .filter(each -> busy.conversations().contains(each.conversation()))
                        .forEach(this::again);
                    save(rest, then).onComplete(written);
                  } else {
                    batch.forEach(this::again);
                    rest.forEach(this::again);
                    written.complete();
                  }
                }));
  }

  private void again(Reached reached) {
    if (unwritten.size() < MOST_UNWRITTEN) {
      unwritten.add(reached);
    }
  }
}
