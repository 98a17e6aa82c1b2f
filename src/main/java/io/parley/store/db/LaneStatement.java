package io.parley.store.db;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The statement that a {@link WriteLane} sends for a batch: its parameters, and its results. */
public interface LaneStatement<Q, R> {
  /** The conversation that a request writes to; its requests are sent in order. */
  long conversation(Q request);

  /** The SQL for a batch of this size. It returns one row for each request, in order. */
  String sql(int size);

  /** {@code wait}: whether to wait for locked conversations instead of reporting them as busy. */
  Tuple parameters(List<Q> requests, boolean wait);

  /**
   * The result in {@code row}, or null if the conversation was busy.
   *
   * @param doubtful whether an earlier attempt may have been committed, with its reply lost
   */
  @Nullable R result(Q request, Row row, boolean doubtful);

  /** Called after the commit with everything it stored, before any caller gets its result. */
  void committed(List<Q> requests, List<R> results);
}
