package io.parley.store.insight;

/** Receives the progress of the background jobs of this node, for metrics. Called on one thread. */
public interface BackgroundJobListener {
  /** Ignores everything. */
  BackgroundJobListener NONE =
      new BackgroundJobListener() {
        @Override
        public void progressed(String job, int waiting, double behindSeconds) {}

        @Override
        public void skipped(String job, int count) {}
      };

  /**
   * Called a few times a second.
   *
   * @param waiting the conversations that this node knows to be unfinished
   * @param behindSeconds the age of the oldest change that is not processed; infinite until the
   *     first scan of a new database is complete
   */
  void progressed(String job, int waiting, double behindSeconds);

  /** The job skipped so many items, or conversations, that it cannot process. */
  void skipped(String job, int count);
}
