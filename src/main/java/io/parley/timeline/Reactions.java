package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The reactions to an item, in the order in which each emoji first came. */
public record Reactions(List<Reaction> all) implements JsonBytes.Part {
  /** How many different emojis an item takes, and how many parties are named for each. */
  public static final int MOST = 20;

  public static final int NAMED = 10;
  public static final Reactions NONE = new Reactions(List.of());

  public boolean isEmpty() {
    return all.isEmpty();
  }

  private Optional<Reaction> of(String emoji) {
    return all.stream().filter(each -> each.emoji().equals(emoji)).findFirst();
  }

  /** With one more; empty if that would be one emoji too many. */
  public Optional<Reactions> with(String emoji, long party) {
    Optional<Reaction> before = of(emoji);
    if (before.isEmpty() && all.size() >= MOST) {
      return Optional.empty();
    }
    if (before.isEmpty()) {
      List<Reaction> more = new ArrayList<>(all);
      more.add(new Reaction(emoji, 1, List.of(party)));
      return Optional.of(new Reactions(List.copyOf(more)));
    }
    List<Long> named = new ArrayList<>(before.get().parties());
    if (named.size() < NAMED) {
      named.add(party);
    }
    return Optional.of(replaced(new Reaction(emoji, before.get().count() + 1, List.copyOf(named))));
  }

  /** Without one; {@code heir}, who chose it too, is named in place of a party that was. */
  public Reactions without(String emoji, long party, Optional<Long> heir) {
    Reaction before = of(emoji).orElseThrow();
    List<Long> named = new ArrayList<>(before.parties());
    if (named.remove((Long) party)) {
      heir.ifPresent(named::add);
    }
    return replaced(new Reaction(emoji, before.count() - 1, List.copyOf(named)));
  }

  /** Those named for an emoji, when there are more who are not. */
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
