package io.parley.live.feed;

import io.parley.live.frame.SharedFrame;

/** One socket that receives the events of its account. */
public interface FeedListener {

  /** The next event of {@code conversation}. */
  void event(long conversation, long rev, SharedFrame frame);

  /** An event outside the order of revs: typing, presence. */
  void ephemeral(SharedFrame frame);

  /** Whether it has received every event of {@code conversation} delivered so far. */
  boolean isUpToDate(long conversation);

  boolean isClosed();

  /** Ends the socket; the client reconnects and resumes. */
  void disconnect(int code, String reason);
}
