package io.parley.flow;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A verticle that finishes its work before it stops, for as long as it is given. The deadline is
 * set before it is undeployed: the process has one budget and shares it among its parts.
 */
public abstract class DrainingVerticle extends VerticleBase {
  private static final Duration WHEN_UNDEPLOYED_ALONE = Duration.ofSeconds(5);

  private volatile @Nullable Deadline deadline;

  /** How long the next undeployment may take. Safe from any thread. */
  public final void stopBy(Deadline given) {
    deadline = given;
  }

  @Override
  public final Future<?> stop() {
    Deadline given = deadline;
    return drain(given == null ? Deadline.in(WHEN_UNDEPLOYED_ALONE) : given);
  }

  /** Takes no new work, and finishes what is under way until {@code deadline}. */
  protected abstract Future<?> drain(Deadline deadline);
}
