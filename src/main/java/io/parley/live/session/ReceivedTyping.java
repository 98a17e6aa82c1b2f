package io.parley.live.session;

import io.parley.identity.Party;
import io.parley.live.loop.Loop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The users that the clients of one event loop see typing. A notice that is neither repeated nor
 * ended expires here, because the node that would have ended it may have died.
 */
final class ReceivedTyping {
  /** Longer than the node of the client takes to end it. */
  static final long LASTS_MS = TypingStates.LASTS_MS + 3_000;

  static final int MAX = 10_000;

  /** Tells the clients here that {@code party} has stopped typing. */
  @FunctionalInterface
  interface Output {
    void ended(long conversation, Party party);
  }

  private record Place(long conversation, long party) {}

  private record Typist(Party party, long heardAt) {}

  private final Loop loop;
  private final Output output;
  private final Map<Place, Typist> typists = new LinkedHashMap<>();

  ReceivedTyping(Loop loop, Output output) {
    this.loop = loop;
    this.output = output;
  }

  void accept(long conversation, Party party, boolean active) {
    Place place = new Place(conversation, party.id());
    typists.remove(place);
    if (active && typists.size() < MAX) {
      typists.put(place, new Typist(party, loop.now()));
    }
  }

  /** Called once a second. */
  void sweep() {
    List<Place> expired = new ArrayList<>();
    typists.forEach(
        (place, typist) -> {
          if (loop.now() - typist.heardAt() > LASTS_MS) {
            expired.add(place);
          }
        });
    for (Place place : expired) {
      Typist typist = typists.remove(place);
      if (typist != null) {
        output.ended(place.conversation(), typist.party());
      }
    }
  }
}
