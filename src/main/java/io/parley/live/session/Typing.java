package io.parley.live.session;

import io.parley.api.operations.ConversationRefs;
import io.parley.api.operations.Input;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.bus.Topic;
import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindRevs;
import io.parley.identity.Party;
import io.parley.live.feed.Subscriptions;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operation {@code typing}, and the event of that name: who of one event loop is typing where.
 * Published when it begins and ends, at most once a second per client and conversation. Ends by
 * itself when the client does not repeat it, and with the client's session.
 */
public final class Typing {
  /** A party began or stopped typing; {@code event} is what the other members receive. */
  public record Changed(long conversation, long party, byte[] event) {}

  public static final Topic<Changed> TOPIC = new Topic<>("live.typing", Changed.class);

  static final long MIN_INTERVAL_MS = 1_000;
  static final long LASTS_MS = 6_000;
  static final int MAX_PER_CLIENT = 20;

  private record Place(Client client, long conversation) {}

  /** What one client does in one conversation, and what has been published of it. */
  private static final class State {
    final Party party;
    long publishedAt = Long.MIN_VALUE / 2;
    long repeatedAt;
    boolean active;
    boolean publishedActive;
    boolean publishScheduled;

    State(Party party) {
      this.party = party;
    }
  }

  private final Loop loop;
  private final Bus bus;
  private final Subscriptions subscriptions;
  private final ConversationRefs refs;
  private final Map<Place, State> states = new HashMap<>();

  Typing(Loop loop, Bus bus, Subscriptions subscriptions) {
    this.loop = loop;
    this.bus = bus;
    this.subscriptions = subscriptions;
    this.refs = new ConversationRefs(bus);
  }

  /** {@code input}: {@code ref}, and {@code active} unless it is true. */
  Future<Answer> perform(Client client, Input input) {
    boolean active = !Boolean.FALSE.equals(input.fields().get("active"));
    String ref = String.valueOf(input.fields().get("ref"));
    Input byText = new Input(Map.of("ref", ref), input.key(), input.requestId());
    return refs.conversation(client.caller(), byText)
        .compose(conversation -> requireMember(client, conversation).map(conversation))
        .map(
            conversation -> {
              update(client, conversation, active);
              return Answer.noContent();
            });
  }

  private Future<Void> requireMember(Client client, long conversation) {
    long caller = client.caller().party().id();
    if (subscriptions.isMember(caller, conversation)) {
      return Future.succeededFuture();
    }
    return bus.request(ConversationVerbs.FIND_REVS, new FindRevs(caller, List.of(conversation)))
        .compose(
            found ->
                found.revs().containsKey(conversation)
                    ? Future.succeededFuture()
                    : Future.failedFuture(new Problem.Refused(Problem.notFound())));
  }

  private void update(Client client, long conversation, boolean active) {
    if (client.isClosed()) {
      return;
    }
    Place place = new Place(client, conversation);
    State state = states.get(place);
    if (state == null) {
      if (!active) {
        return;
      }
      makeRoom(client);
      state = new State(client.caller().party());
      states.put(place, state);
    }
    state.active = active;
    state.repeatedAt = loop.now();
    publishIfDue(place, state);
  }

  private void publishIfDue(Place place, State state) {
    long now = loop.now();
    if (!state.active && !state.publishedActive) {
      return;
    }
    if (now - state.publishedAt >= MIN_INTERVAL_MS) {
      state.publishedAt = now;
      state.publishedActive = state.active;
      publish(place.conversation(), state.party, state.active);
    } else if (state.active != state.publishedActive && !state.publishScheduled) {
      state.publishScheduled = true;
      loop.after(
          state.publishedAt + MIN_INTERVAL_MS - now,
          () -> {
            state.publishScheduled = false;
            if (states.get(place) == state) {
              publishIfDue(place, state);
            }
          });
    }
  }

  /** Ends one of the client's when there are too many. */
  private void makeRoom(Client client) {
    List<Place> places = places(client);
    if (places.size() >= MAX_PER_CLIENT) {
      end(places.getFirst());
    }
  }

  private List<Place> places(Client client) {
    return states.keySet().stream().filter(place -> place.client() == client).toList();
  }

  private void end(Place place) {
    State ended = states.remove(place);
    if (ended != null && ended.publishedActive) {
      publish(place.conversation(), ended.party, false);
    }
  }

  private void publish(long conversation, Party party, boolean active) {
    byte[] event = ConversationEvents.typing(conversation, party, active, loop.instant());
    bus.publish(TOPIC, new Changed(conversation, party.id(), event));
  }

  /** Passes a change on to the other members. */
  public void deliver(Changed changed) {
    subscriptions.publishEphemeral(changed.conversation(), changed.party(), changed.event());
  }

  /** The session of {@code client} has ended, or acts as somebody else. */
  void forget(Client client) {
    if (!states.isEmpty()) {
      places(client).forEach(this::end);
    }
  }

  /** Called once a second: ends what has not been repeated. */
  public void sweep() {
    long now = loop.now();
    List<Place> expired = new ArrayList<>();
    states.forEach(
        (place, state) -> {
          if (now - state.repeatedAt > LASTS_MS) {
            expired.add(place);
          }
        });
    expired.forEach(this::end);
  }
}
