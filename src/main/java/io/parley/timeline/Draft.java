package io.parley.timeline;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an author asks to append.
 *
 * @param replyTo the item of the same conversation that this answers
 * @param envelope how an external message travels; absent for everything else
 */
public record Draft(Content content, OptionalLong replyTo, Optional<Envelope> envelope) {
  public Draft {
    if (content instanceof Content.External != envelope.isPresent()) {
      throw new IllegalArgumentException("an external message and no other has an envelope");
    }
  }

  public static Draft of(Content content) {
    return new Draft(content, OptionalLong.empty(), Optional.empty());
  }

  public static Draft of(Content.External content, Envelope envelope) {
    return new Draft(content, OptionalLong.empty(), Optional.of(envelope));
  }

  /** A message that is text and nothing else. */
  public static Draft text(String body) {
    return of(Content.Message.text(body));
  }

  /** The same draft as an answer to an item. */
  public Draft inReplyTo(OptionalLong seq) {
    return new Draft(content, seq, envelope);
  }

  /** The same draft with other content of the same kind. */
  public Draft with(Content other) {
    return new Draft(other, replyTo, envelope);
  }
}
