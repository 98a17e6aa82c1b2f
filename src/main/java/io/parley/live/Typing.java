package io.parley.live;

import io.parley.api.operations.ConversationRefs;
import io.parley.api.operations.Input;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Topic;
import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindRevs;
import io.parley.identity.Party;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is writing where. Told when it begins and when it ends, and now and then in between; ends by
 * itself when nobody says that it goes on, or when its socket ends.
 */
final class Typing {
  /** Somebody began or ceased to write. */
  record Changed(long conversation, long party, byte[] event) {}

  static final Topic<Changed> TOPIC = new Topic<>("live.typing", Changed.class);

  private static final long REST_MS = 1_000;
  private static final long ENDS_MS = 6_000;
  private static final int MOST_PER_SOCKET = 20;

  private record Place(Session connection, long conversation) {}

  private static final class Writing {
    final Party party;
    long told = Long.MIN_VALUE / 2;
    long said;
    boolean active;
    boolean shown;
    boolean due;

    Writing(Party party) {
      this.party = party;
    }
  }

  private final SocketLoop desk;
  private final ConversationRefs refs;
  private final Map<Place, Writing> writing = new HashMap<>();

  Typing(SocketLoop desk) {
    this.desk = desk;
    this.refs = new ConversationRefs(desk.bus());
  }

  /** {@code {ref, active}} */
  Future<Answer> perform(Session connection, Input input) {
    Object ref = input.fields().get("ref");
    Object active = input.fields().getOrDefault("active", true);
    if (ref instanceof Long number) {
      ref = Long.toString(number);
    }
    if (!(ref instanceof String text) || text.isEmpty() || text.length() > 64) {
      return refused(Problem.invalid("ref", "must be a conversation or a username"));
    }
    if (!(active instanceof Boolean isActive)) {
      return refused(Problem.invalid("active", "must be true or false"));
    }
    Map<String, @Nullable Object> fields = Map.of("ref", text);
    Input question = new Input(fields, input.key(), input.requestId());
    return refs.conversation(connection.caller(), question)
        .compose(conversation -> member(connection, conversation).map(yes -> conversation))
        .map(
            conversation -> {
              said(connection, conversation, isActive);
              return Answer.noContent();
            });
  }

  private static Future<Answer> refused(Problem problem) {
    return Future.succeededFuture(problem);
  }

  private Future<Void> member(Session connection, long conversation) {
    long caller = connection.caller().party().id();
    if (desk.audience().isMember(caller, conversation)) {
      return Future.succeededFuture();
    }
    return desk.bus()
        .request(ConversationVerbs.FIND_REVS, new FindRevs(caller, List.of(conversation)))
        .compose(
            found ->
                found.revs().containsKey(conversation)
                    ? Future.succeededFuture()
                    : Future.failedFuture(new Problem.Refused(Problem.notFound())));
  }

  private void said(Session connection, long conversation, boolean active) {
    if (connection.isClosed()) {
      return;
    }
    Place place = new Place(connection, conversation);
    Writing known = writing.get(place);
    if (known == null) {
      if (!active) {
        return;
      }
      makeRoom(connection);
      known = new Writing(connection.caller().party());
      writing.put(place, known);
    }
    known.active = active;
    known.said = desk.now();
    settle(place, known);
  }

  /** Tells how it is now; not before the last that was told has had its rest. */
  private void settle(Place place, Writing known) {
    long now = desk.now();
    if (!known.active && !known.shown) {
      return;
    }
    if (now - known.told >= REST_MS) {
      known.told = now;
      known.shown = known.active;
      tell(place.conversation(), known.party, known.active);
    } else if (known.active != known.shown && !known.due) {
      known.due = true;
      desk.after(
          known.told + REST_MS - now,
          () -> {
            known.due = false;
            if (writing.get(place) == known) {
              settle(place, known);
            }
          });
    }
  }

  // who writes in many places at once does not write in the first of them anymore
  private void makeRoom(Session connection) {
    List<Place> places =
        new ArrayList<>(
            writing.keySet().stream().filter(place -> place.connection() == connection).toList());
    if (places.size() >= MOST_PER_SOCKET) {
      end(places.getFirst());
    }
  }

  private void end(Place place) {
    Writing ended = writing.remove(place);
    if (ended != null && ended.shown) {
      tell(place.conversation(), ended.party, false);
    }
  }

  private void tell(long conversation, Party party, boolean active) {
    byte[] event = ConversationEvents.typing(conversation, party, active, desk.instant());
    desk.bus().publish(TOPIC, new Changed(conversation, party.id(), event));
  }

  void hear(Changed changed) {
    desk.audience().publishEphemeral(changed.conversation(), changed.party(), changed.event());
  }

  /** Its socket has ended. */
  void forget(Session connection) {
    if (!writing.isEmpty()) {
      List<Place> places =
          writing.keySet().stream().filter(place -> place.connection() == connection).toList();
      places.forEach(this::end);
    }
  }

  void sweep(long now) {
    List<Place> over = new ArrayList<>();
    writing.forEach(
        (place, each) -> {
          if (now - each.said > ENDS_MS) {
            over.add(place);
          }
        });
    over.forEach(this::end);
  }
}
