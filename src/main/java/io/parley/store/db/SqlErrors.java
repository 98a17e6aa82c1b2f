package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.DatabaseException;
import java.io.IOException;
import java.util.Set;

/** Classifies the failures of the database, by SQLState where there is one. */
public final class SqlErrors {
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String READ_ONLY = "25006";
  private static final String SEND_LIMIT = "PY429"; // raised by count_sends
  // serialization failure, deadlock
  private static final Set<String> TRANSIENT = Set.of("40001", "40P01", LOCK_NOT_AVAILABLE);
  // query cancelled, idle in transaction, idle session
  private static final Set<String> TIME_OUTS = Set.of("57014", "25P03", "57P05");
  // admin shutdown, crash shutdown
  private static final Set<String> SHUTDOWNS = Set.of("57P01", "57P02");

  private SqlErrors() {}

  public static boolean isUniqueViolation(Throwable failure) {
    return failure instanceof PgException pg && "23505".equals(pg.getSqlState());
  }

  /** The name of the violated constraint, or nothing. */
  public static String constraint(Throwable failure) {
    return failure instanceof PgException pg && pg.getConstraint() != null
        ? pg.getConstraint()
        : "";
  }

  /** Whether a sender address would have sent more than it may in a day: nothing was done. */
  public static boolean isSendLimit(Throwable failure) {
    return failure instanceof PgException pg && SEND_LIMIT.equals(pg.getSqlState());
  }

  /** Whether two transactions were in each other's way: nothing was done, and a retry may work. */
  static boolean isTransient(Throwable failure) {
    return failure instanceof PgException pg && TRANSIENT.contains(pg.getSqlState());
  }

  /** Whether a row was locked by another transaction for too long: nothing was done. */
  static boolean isLocked(Throwable failure) {
    return failure instanceof PgException pg && LOCK_NOT_AVAILABLE.equals(pg.getSqlState());
  }

  /** Whether the server accepts no writes: nothing was done. */
  static boolean isReadOnly(Throwable failure) {
    return failure instanceof PgException pg && READ_ONLY.equals(pg.getSqlState());
  }

  /** Whether the connection is lost, and with it the outcome of the last statement. */
  static boolean isLostConnection(Throwable failure) {
    return switch (failure) {
      case PgException pg -> pg.getSqlState() != null && pg.getSqlState().startsWith("57P");
      case IOException io -> true;
      case VertxException vertx -> true;
      default -> failure.getClass().getName().contains("ClosedChannel");
    };
  }

  /**
   * The failure as an {@link Outage} if it is one, else the failure itself.
   *
   * @param writes whether the statement may have had an effect
   */
  public static Throwable toOutage(Throwable failure, boolean writes) {
    return switch (failure) {
      case Outage outage -> outage;
      case PgException pg when writes && isShutdown(pg) ->
          Outage.outcomeUnknown("the database shut down during the request", pg);
      case PgException pg -> toOutage(pg);
      case DatabaseException other -> other;
      default -> connectionOutage(failure, writes);
    };
  }

  private static Throwable connectionOutage(Throwable failure, boolean writes) {
    if (!isLostConnection(failure)) {
      return failure;
    }
    return writes
        ? Outage.outcomeUnknown("the database connection was lost during the request", failure)
        : Outage.unavailable("the database is not available", failure);
  }

  // a server that shuts down or crashes may report it at any moment, even right after a commit
  private static boolean isShutdown(PgException failure) {
    return failure.getSqlState() != null && SHUTDOWNS.contains(failure.getSqlState());
  }

  private static Throwable toOutage(PgException failure) {
    String state = failure.getSqlState() == null ? "" : failure.getSqlState();
    boolean outage =
        state.startsWith("57P")
            || state.startsWith("08")
            || state.startsWith("53")
            || state.equals(READ_ONLY)
            || TRANSIENT.contains(state)
            || TIME_OUTS.contains(state);
    return outage
        ? Outage.unavailable("the database refused the request: " + state, failure)
        : failure;
  }
}
