package io.parley.cluster;

import io.parley.bus.Bus;
import io.parley.flow.Deadline;
import io.parley.settings.ClusterSettings;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The news between this node and its peers: joins the cluster, and joins it anew when that failed,
 * or when peers that take part stay silent although the table shows them alive. A cluster that fell
 * apart does not always heal by itself. Confined to one event loop, but for the listener.
 */
final class ClusterNews {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterNews.class);

  /** A membership is given so long to hear its peers. */
  static final long PATIENCE_MS = 30_000;

  private static final long RETRY_MS = 5_000;
  private static final Duration LEAVE_TIME = Duration.ofSeconds(3);

  private final ClusterSettings settings;
  private final byte[] secret;
  private final Bus bus;
  private final UUID node;
  private final InstantSource clock;
  private final NewsListener listener;
  private final NewsOutbox outbox = new NewsOutbox();
  private final Executor loop;
  private @Nullable ClusterMembership membership;
  private boolean closed;
  private volatile boolean joined;
  private long since;

  ClusterNews(
      ClusterSettings settings,
      byte[] secret,
      Bus bus,
      UUID node,
      InstantSource clock,
      NewsListener listener,
      Executor loop) {
    this.settings = settings;
    this.secret = secret;
    this.bus = bus;
    this.node = node;
    this.clock = clock;
    this.listener = listener;
    this.loop = loop;
  }

  void open(long now) {
    bus.relayTo(outbox);
    join(now);
  }

  private void join(long now) {
    since = now;
    joined = false;
    ClusterMembership joining = ClusterMembership.join(settings, secret, this::exchange, listener);
    membership = joining;
    joining.joined().onComplete((done, failure) -> loop.execute(() -> joined(joining, failure)));
  }

  private void joined(ClusterMembership joining, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.atWarn()
          .addKeyValue("reason", failure.toString())
          .log("Cluster could not be joined, will be retried");
    } else if (membership == joining) {
      joined = true;
      LOG.atInfo().log("Cluster joined");
    }
  }

  private NewsExchange exchange() {
    NewsSeal sending = new NewsSeal(secret);
    NewsInbox inbox = new NewsInbox(node, new NewsSeal(secret), listener, bus::receive);
    return new NewsExchange(node, sending, outbox, inbox, clock);
  }

  /** Whether news are exchanged. Safe from any thread. */
  boolean isJoined() {
    return joined;
  }

  /** Called once a second; {@code silent}: whether peers that take part are not heard. */
  void check(boolean silent, long now) {
    ClusterMembership present = membership;
    if (present == null) {
      return;
    }
    if (!present.joined().isComplete()) {
      // a slow join ends by itself; what it opens meanwhile would be in the way of another one
      since = now;
      return;
    }
    boolean failed = present.joined().failed();
    if (failed ? now - since > RETRY_MS : silent && now - since > PATIENCE_MS) {
      LOG.atWarn().log("Cluster is joined anew");
      membership = null;
      joined = false;
      present
          .leave(Deadline.in(LEAVE_TIME))
          .onComplete(left -> loop.execute(() -> joinUnlessClosed(now)));
    } else if (!failed && !silent) {
      since = now;
    }
  }

  private void joinUnlessClosed(long now) {
    if (!closed) {
      join(now);
    }
  }

  Future<?> close(Deadline deadline) {
    bus.relayTo((topic, event) -> {});
    closed = true;
    ClusterMembership present = membership;
    membership = null;
    joined = false;
    return present == null ? Future.succeededFuture() : present.leave(deadline);
  }
}
