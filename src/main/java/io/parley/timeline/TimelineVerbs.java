package io.parley.timeline;

import io.parley.bus.Endpoint;
import io.parley.identity.Fingerprint;
import io.parley.identity.Party;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** What can be asked of a timeline. The caller is a member, or is told that nothing is there. */
public final class TimelineVerbs {
  private TimelineVerbs() {}

  /**
   * Appends an item.
   *
   * @param key unique for conversation, author and what the author calls it
   * @param clientId what the author calls it, if anything
   */
  public record AppendItem(
      long conversation, Party author, UUID key, Optional<String> clientId, Draft draft) {
    /** Keyed by what the author calls it, or by chance. */
    public static AppendItem of(
        long conversation, Party author, Optional<String> clientId, Draft draft) {
      UUID key =
          clientId
              .map(id -> Fingerprint.of(author.id() + "\u0000" + id))
              .orElseGet(UUID::randomUUID);
      return new AppendItem(conversation, author, key, clientId, draft);
    }

    /** The same in somebody else's name; the key stays with who asked. */
    public AppendItem by(Party other) {
      return new AppendItem(conversation, other, key, clientId, draft);
    }
  }

  /** The item as JSON; {@code replayed} if it was there before. */
  public record Appended(long conversation, long seq, Buffer item, boolean replayed) {}

  public static final Endpoint<AppendItem, Result<Appended>> APPEND_ITEM =
      Result.endpoint("timeline.append-item", AppendItem.class);

  public record MarkRead(long conversation, Party party, long seq) {}

  public record Marked(long readSeq) {}

  public static final Endpoint<MarkRead, Result<Marked>> MARK_READ =
      Result.endpoint("timeline.mark-read", MarkRead.class);

  /** A page of items: between {@code after} and {@code before}, or from {@code offset}. */
  public record FindItems(
      long conversation,
      long caller,
      Optional<ItemType> type,
      OptionalLong after,
      OptionalLong before,
      long offset,
      boolean ascending,
      int limit) {}

  /**
   * {@code messages} is how many messages the conversation has in all. Where the items are more
   * than can be told at once, the last of them are told without their content.
   */
  public record Items(List<Item> items, boolean more, long messages) {
    /** Whether some are without their content. */
    public boolean isCut() {
      return items.stream().anyMatch(Item::truncated);
    }

    /** The same up to the first that is without its content. */
    public Items whole() {
      int count = 0;
      while (count < items.size() && !items.get(count).truncated()) {
        count++;
      }
      return count == items.size() ? this : new Items(items.subList(0, count), true, messages);
    }
  }

  public static final Endpoint<FindItems, Result<Items>> FIND_ITEMS =
      Result.endpoint("timeline.find-items", FindItems.class);

  /** One item; {@code settler}: the caller sees transfers wherever they are. */
  public record FindItem(long conversation, long caller, long seq, boolean settler) {
    public FindItem(long conversation, long caller, long seq) {
      this(conversation, caller, seq, false);
    }
  }

  public static final Endpoint<FindItem, Result<Item>> FIND_ITEM =
      Result.endpoint("timeline.find-item", FindItem.class);

  /** Changes the text of an item, or empties it when there is none. */
  public record ChangeItem(long conversation, long caller, long seq, Optional<String> body) {}

  public static final Endpoint<ChangeItem, Result<Item>> CHANGE_ITEM =
      Result.endpoint("timeline.change-item", ChangeItem.class);

  /** {@code settles}: the caller may say how transfers end, wherever they are. */
  public record MoveTransfer(
      long conversation, Party caller, boolean settles, long seq, TransferState wanted) {}

  public static final Endpoint<MoveTransfer, Result<Item>> MOVE_TRANSFER =
      Result.endpoint("timeline.move-transfer", MoveTransfer.class);

  /** Sees to it that a party's reaction is there, or is not. */
  public record React(long conversation, long caller, long seq, String emoji, boolean there) {}

  public static final Endpoint<React, Result<Item>> REACT =
      Result.endpoint("timeline.react", React.class);
}
