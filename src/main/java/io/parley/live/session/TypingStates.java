package io.parley.live.session;

import io.parley.identity.Party;
import io.parley.live.loop.Loop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who of one event loop is typing where, and what has been published of it: when it begins and
 * ends, at most once a second per client and conversation. Typing ends by itself when the client
 * does not repeat it, and with the client's session.
 */
final class TypingStates {
  static final long MIN_INTERVAL_MS = 1_000;
  static final long LASTS_MS = 6_000;
  static final int MAX_PER_CLIENT = 20;

  /** Publishes that {@code party} began or stopped typing. */
  @FunctionalInterface
  interface Output {
    void publish(long conversation, Party party, boolean active);
  }

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
  private final Output output;
  private final Map<Place, State> states = new LinkedHashMap<>();

  TypingStates(Loop loop, Output output) {
    this.loop = loop;
    this.output = output;
  }

  /** {@code client} says that it is typing, or that it has stopped. */
  void update(Client client, long conversation, boolean active) {
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
      output.publish(place.conversation(), state.party, state.active);
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

  /** Ends the oldest of the client when there are too many. */
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
      output.publish(place.conversation(), ended.party, false);
    }
  }

  /** The session of {@code client} has ended, or acts as somebody else. */
  void forget(Client client) {
    if (!states.isEmpty()) {
      places(client).forEach(this::end);
    }
  }

  /** Called once a second: ends what has not been repeated. */
  void sweep() {
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
