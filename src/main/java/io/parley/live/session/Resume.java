package io.parley.live.session;

import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindMissed;
import io.parley.conversation.ConversationVerbs.FindPreviews;
import io.parley.conversation.ConversationVerbs.FindRevs;
import io.parley.conversation.ConversationVerbs.Place;
import io.parley.live.feed.PausedFeeds;
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
 * Brings one client up to date with what it missed while it was away. The feeds it names are paused
 * while the store is read; behind the reply they continue where the reply ends, without gap or
 * repeat.
 */
final class Resume {
  private static final int MAX_JOINED = 200;
  private static final int MAX_CHANGES = 500;

  private final SessionContext context;
  private final Client client;
  private final Inbox inbox;
  private final Bus bus;
  private final long caller;
  private final Map<Long, Long> loadedRevs;
  private final Map<Long, Long> positions = new LinkedHashMap<>();
  private final boolean listsJoined;
  private final ResumeReply reply = new ResumeReply();

  /** {@code body}: as the contract allows it. */
  Resume(SessionContext context, Client client, Inbox inbox, Map<String, @Nullable Object> body) {
    this.context = context;
    this.client = client;
    this.inbox = inbox;
    this.bus = context.bus();
    this.caller = client.caller().party().id();
    this.loadedRevs = inbox.loadedRevs();
    this.listsJoined = Boolean.TRUE.equals(body.get("complete"));
    if (body.get("positions") instanceof Map<?, ?> given) {
      given.forEach((id, rev) -> positions.put(Long.parseLong((String) id), (Long) rev));
    }
  }

  Future<Void> run() {
    positions.keySet().forEach(inbox.paused()::pause);
    return context
        .resumes()
        .enter(() -> client.isClosed() ? Future.succeededFuture() : read())
        .onFailure(failure -> positions.keySet().forEach(inbox.paused()::suspend));
  }

  /** The reply, to be sent right before {@link #continueFeeds}. */
  Buffer body() {
    reply.requireMoreIf(inbox.paused()::isIncomplete);
    return reply.body();
  }

  private Future<Void> read() {
    return findRevs()
        .compose(revs -> findMissed(behind(revs)))
        .compose(done -> listsJoined ? findJoined() : Future.succeededFuture());
  }

  /** A client that has just subscribed had most of its revs read for that. */
  private Future<Map<Long, Long>> findRevs() {
    List<Long> unsure =
        positions.keySet().stream()
            .filter(id -> loadedRevs.getOrDefault(id, -1L) < position(id))
            .toList();
    if (unsure.isEmpty()) {
      return Future.succeededFuture(loadedRevs);
    }
    return bus.request(ConversationVerbs.FIND_REVS, new FindRevs(caller, unsure))
        .map(
            found -> {
              Map<Long, Long> revs = new HashMap<>(loadedRevs);
              revs.keySet().removeAll(unsure);
              revs.putAll(found.revs());
              return revs;
            });
  }

  /** Sorts out what needs no reading; returns the revs of those that have missed events. */
  private Map<Long, Long> behind(Map<Long, Long> revs) {
    Map<Long, Long> behind = new LinkedHashMap<>();
    positions.forEach(
        (id, position) -> {
          Long rev = revs.get(id);
          if (rev == null) {
            reply.unknown(id);
          } else if (position > rev) {
            // a position from another database, or from before a restore
            reply.resync(id);
          } else if (position.equals(rev)) {
            reply.complete(id, rev);
          } else {
            behind.put(id, rev);
          }
        });
    return behind;
  }

  /** Reads as many at a time as the reply may have room for. */
  private Future<Void> findMissed(Map<Long, Long> behind) {
    if (behind.isEmpty() || client.isClosed()) {
      return Future.succeededFuture();
    }
    if (reply.isFull()) {
      behind.keySet().forEach(id -> reply.more(id, position(id)));
      return Future.succeededFuture();
    }
    List<Place> places = nextPlaces(behind);
    return bus.request(
            ConversationVerbs.FIND_MISSED,
            new FindMissed(caller, places, MAX_CHANGES, reply.bytesLeft()))
        .compose(
            found -> {
              places.forEach(
                  place ->
                      reply.add(
                          place.conversation(),
                          place.since(),
                          found.changes().get(place.conversation())));
              return findMissed(behind);
            });
  }

  private List<Place> nextPlaces(Map<Long, Long> behind) {
    List<Place> places = new ArrayList<>();
    long changes = 0;
    for (Iterator<Map.Entry<Long, Long>> next = behind.entrySet().iterator();
        next.hasNext() && changes < MAX_CHANGES; ) {
      Map.Entry<Long, Long> each = next.next();
      long position = position(each.getKey());
      places.add(new Place(each.getKey(), position));
      changes += Math.min(MAX_CHANGES, each.getValue() - position);
      next.remove();
    }
    return places;
  }

  private long position(long conversation) {
    return positions.getOrDefault(conversation, 0L);
  }

  private Future<Void> findJoined() {
    FindPreviews question =
        new FindPreviews(
            caller,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.copyOf(positions.keySet()),
            MAX_JOINED);
    return bus.request(ConversationVerbs.FIND_PREVIEWS, question)
        .map(
            page -> {
              reply.joined(page.previews());
              return null;
            });
  }

  /** After the reply: sends the events kept meanwhile; from then on they are sent as they come. */
  void continueFeeds() {
    PausedFeeds paused = inbox.paused();
    reply.withMore().forEach(paused::suspend);
    reply.forEachComplete((id, rev) -> paused.continueFrom(id, rev).forEach(inbox::sendKept));
    reply.released().forEach(id -> paused.release(id).forEach(inbox::sendKept));
    reply.forEachComplete(this::markDelivered);
  }

  private void markDelivered(long conversation, long rev) {
    // the kept events have followed: the client has all that was delivered to others
    long delivered = Math.max(rev, context.subscriptions().rev(conversation));
    if (delivered > position(conversation) && inbox.isSubscribed()) {
      context.subscriptions().caughtUp(caller, conversation, delivered);
    }
  }
}
