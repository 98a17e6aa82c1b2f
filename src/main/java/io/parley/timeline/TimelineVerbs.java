package io.parley.timeline;

import io.parley.bus.Endpoint;
import io.parley.identity.Fingerprint;
import io.parley.identity.Party;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Requests about timelines. A caller who is not a member gets {@link Refusal#NOT_THERE}. */
public final class TimelineVerbs {
  private TimelineVerbs() {}

  /**
   * Appends an item.
   *
   * @param sentBy the agent or key that sends it from a sender address, which is its author
   * @param key unique per conversation, author and client id
   * @param clientId the id that the author gave to the item, if any
   */
  public record AppendItem(
      long conversation,
      Party author,
      Optional<Party> sentBy,
      UUID key,
      Optional<String> clientId,
      Draft draft) {
    /** Derives the key from the client id; without one the key is random. */
    public static AppendItem of(
        long conversation, Party author, Optional<String> clientId, Draft draft) {
      UUID key =
          clientId
              .map(id -> Fingerprint.of(author.id() + "\u0000" + id))
              .orElseGet(UUID::randomUUID);
      return new AppendItem(conversation, author, Optional.empty(), key, clientId, draft);
    }

    /** The same request from a sender address, sent by the original author. */
    public AppendItem from(Party sender) {
      return new AppendItem(conversation, sender, Optional.of(author), key, clientId, draft);
    }
  }

  /**
   * The stored item as JSON.
   *
   * @param deliveries how many deliveries this request created
   * @param replayed whether an earlier request had stored it
   */
  public record Appended(
      long conversation, long seq, Buffer item, int deliveries, boolean replayed) {
    /** The answer to the request that stored {@code item}. */
    public static Appended stored(Item item, Buffer encoded) {
      int deliveries = item.routing().deliveries().size();
      return new Appended(item.conversation(), item.seq(), encoded, deliveries, false);
    }

    /** The answer to a repeated request. */
    public static Appended replayed(long conversation, long seq, Buffer item) {
      return new Appended(conversation, seq, item, 0, true);
    }
  }

  public static final Endpoint<AppendItem, Result<Appended>> APPEND_ITEM =
      Result.endpoint("timeline.append-item", AppendItem.class);

  public record MarkRead(long conversation, Party party, long seq) {}

  public record Marked(long readSeq) {}

  public static final Endpoint<MarkRead, Result<Marked>> MARK_READ =
      Result.endpoint("timeline.mark-read", MarkRead.class);

  /** Finds a page of items: between {@code after} and {@code before}, or from {@code offset}. */
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
   * A page of items. If it is too large for one reply, its last items have no content.
   *
   * @param messages the number of messages in the whole conversation
   */
  public record Items(List<Item> items, boolean more, long messages) {
    /** Whether the content of an item was omitted. */
    public boolean isCut() {
      return items.stream().anyMatch(Item::truncated);
    }

    /** The page up to the first item whose content was omitted. */
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

  /** Finds an item. A {@code settler} may see the transfers of every conversation. */
  public record FindItem(long conversation, long caller, long seq, boolean settler) {
    public FindItem(long conversation, long caller, long seq) {
      this(conversation, caller, seq, false);
    }
  }

  public static final Endpoint<FindItem, Result<Item>> FIND_ITEM =
      Result.endpoint("timeline.find-item", FindItem.class);

  /** Changes the text of an item; without a text, deletes the item. */
  public record ChangeItem(long conversation, long caller, long seq, Optional<String> body) {}

  public static final Endpoint<ChangeItem, Result<Item>> CHANGE_ITEM =
      Result.endpoint("timeline.change-item", ChangeItem.class);

  /** Moves a transfer; {@code settles} if the caller may settle those of every conversation. */
  public record MoveTransfer(
      long conversation, Party caller, boolean settles, long seq, TransferState wanted) {}

  public static final Endpoint<MoveTransfer, Result<Item>> MOVE_TRANSFER =
      Result.endpoint("timeline.move-transfer", MoveTransfer.class);

  /** Adds or removes the reaction of a party; a no-op if it is {@code there} or not already. */
  public record React(long conversation, long caller, long seq, String emoji, boolean there) {}

  public static final Endpoint<React, Result<Item>> REACT =
      Result.endpoint("timeline.react", React.class);
}
