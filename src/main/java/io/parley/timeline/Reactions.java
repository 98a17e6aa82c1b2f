package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The reactions to an item, in the order in which each emoji was first used. */
public record Reactions(List<Reaction> all) implements JsonBytes.Part {
  /** The number of different emojis on an item, and of parties listed for each. */
  public static final int MAX_KINDS = 20;

  public static final int NAMED = 10;
  public static final Reactions NONE = new Reactions(List.of());

  public boolean isEmpty() {
    return all.isEmpty();
  }

  private Optional<Reaction> of(String emoji) {
    return all.stream().filter(each -> each.emoji().equals(emoji)).findFirst();
  }

  /** These reactions and another one; empty if the item has too many different emojis. */
  public Optional<Reactions> with(String emoji, long party) {
    Optional<Reaction> present = of(emoji);
    if (present.isEmpty() && all.size() >= MAX_KINDS) {
      return Optional.empty();
    }
    if (present.isEmpty()) {
      List<Reaction> more = new ArrayList<>(all);
      more.add(new Reaction(emoji, 1, List.of(party)));
      return Optional.of(new Reactions(List.copyOf(more)));
    }
    List<Long> listed = new ArrayList<>(present.get().parties());
    if (listed.size() < NAMED) {
      listed.add(party);
    }
    return Optional.of(
        replaced(new Reaction(emoji, present.get().count() + 1, List.copyOf(listed))));
  }

  /** These reactions without one; {@code next}, who chose it too, is listed instead. */
  public Reactions without(String emoji, long party, Optional<Long> next) {
    Reaction present = of(emoji).orElseThrow();
    List<Long> listed = new ArrayList<>(present.parties());
    if (listed.remove((Long) party)) {
      next.ifPresent(listed::add);
    }
    return replaced(new Reaction(emoji, present.count() - 1, List.copyOf(listed)));
  }

  /** The parties listed for an emoji, if more parties chose it than are listed. */
  public Optional<List<Long>> crowd(String emoji) {
    return of(emoji).filter(each -> each.count() > each.parties().size()).map(Reaction::parties);
  }

  private Reactions replaced(Reaction reaction) {
    return new Reactions(
        all.stream()
            .map(each -> each.emoji().equals(reaction.emoji()) ? reaction : each)
            .filter(each -> each.count() > 0)
            .toList());
  }

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (Reaction reaction : all) {
      reaction.writeTo(json);
    }
    json.writeEndArray();
  }
}
