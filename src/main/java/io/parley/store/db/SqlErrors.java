package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.DatabaseException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** What the database's failures mean. */
public final class SqlErrors {
  private static final Set<String> AGAIN = Set.of("40001", "40P01");
  private static final Set<String> NOT_NOW = Set.of("55P03", "57014", "25P03", "57P05");

  private SqlErrors() {}

  public static boolean isUniqueViolation(Throwable failure) {
    return failure instanceof PgException pg && "23505".equals(pg.getSqlState());
  }

  /** The name of the constraint that stood in the way. */
  public static String constraint(Throwable failure) {
    return failure instanceof PgException pg && pg.getConstraint() != null
        ? pg.getConstraint()
        : "";
  }

  /** Two transactions met badly; the same again may well work, and nothing was done. */
  static boolean isWorthAnotherTry(Throwable failure) {
    return failure instanceof PgException pg && AGAIN.contains(pg.getSqlState());
  }

  /** The connection is gone, and with it the knowledge whether the last statement took effect. */
  static boolean isLostConnection(Throwable failure) {
    return switch (failure) {
      case PgException pg -> pg.getSqlState() != null && pg.getSqlState().startsWith("57P");
      case IOException io -> true;
      case VertxException vertx -> true;
      default -> failure.getClass().getName().contains("ClosedChannel");
    };
  }

  /** The connection was there, and ended. */
  static boolean isCutOff(Throwable failure) {
    return isLostConnection(failure) && !isPoolRefusal(failure) && !isRefusedConnection(failure);
  }

  /**
   * The same failure, as an {@link Outage} if it is one: {@code changes} says whether it might have
   * had an effect.
   */
  public static Throwable judged(Throwable failure, boolean changes) {
    return switch (failure) {
      case Outage outage -> outage;
      case PgException pg when changes && isEndOfServer(pg) ->
          Outage.outcomeUnknown("the database went away in the middle", pg);
      case PgException pg -> judged(pg);
      case DatabaseException other -> other;
      case TimeoutException timeout -> Outage.unavailable("the database is too busy", timeout);
      default -> {
        if (!isLostConnection(failure)) {
          yield isPoolRefusal(failure)
              ? Outage.unavailable("the database is too busy", failure)
              : failure;
        }
        boolean sent = changes && isCutOff(failure);
        yield sent
            ? Outage.outcomeUnknown("the database went away in the middle", failure)
            : Outage.unavailable("the database is not there", failure);
      }
    };
  }

  // a server that is shut down or crashes says so at any moment, even right after a commit
  private static boolean isEndOfServer(PgException failure) {
    return "57P01".equals(failure.getSqlState()) || "57P02".equals(failure.getSqlState());
  }

  private static Throwable judged(PgException failure) {
    String state = failure.getSqlState() == null ? "" : failure.getSqlState();
    boolean outage =
        state.startsWith("57P")
            || state.startsWith("08")
            || state.startsWith("53")
            || AGAIN.contains(state)
            || NOT_NOW.contains(state);
    return outage ? Outage.unavailable("the database cannot now: " + state, failure) : failure;
  }

  private static boolean isPoolRefusal(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("max wait queue size")
        || message.contains("Timeout")
        || message.contains("Pool closed");
  }

  private static boolean isRefusedConnection(Throwable failure) {
    return failure instanceof java.net.ConnectException
        || failure instanceof java.net.UnknownHostException;
  }
}
