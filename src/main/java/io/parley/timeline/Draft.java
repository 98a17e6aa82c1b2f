package io.parley.timeline;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The item that an author wants to append.
 *
 * @param replyTo the seq of the item in the same conversation to which this one replies
 * @param envelope the addressing of an external message; empty for any other content
 */
public record Draft(Content content, OptionalLong replyTo, Optional<Envelope> envelope) {
  public Draft {
    if (content instanceof Content.External != envelope.isPresent()) {
      throw new IllegalArgumentException(
          "an external message needs an envelope, and other content must not have one");
    }
  }

  public static Draft of(Content content) {
    return new Draft(content, OptionalLong.empty(), Optional.empty());
  }

  public static Draft of(Content.External content, Envelope envelope) {
    return new Draft(content, OptionalLong.empty(), Optional.of(envelope));
  }

  /** A message with a text only. */
  public static Draft text(String body) {
    return of(Content.Message.text(body));
  }

  /** The same draft as a reply to an item. */
  public Draft inReplyTo(OptionalLong seq) {
    return new Draft(content, seq, envelope);
  }

  /** The same draft with other content of the same kind. */
  public Draft with(Content other) {
    return new Draft(other, replyTo, envelope);
  }
}
