package io.parley.store.identity;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.parley.flow.ConcurrencyLimit;
import io.parley.flow.Outage;
import io.parley.settings.AuthSettings;
import io.parley.settings.PasswordCost;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.text.Normalizer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Argon2id on worker threads of its own, with bounds on how many passwords may wait for them and
 * for how long. Confined to the event loop of the verticle that created it; only the hashing itself
 * runs on the workers.
 */
final class PasswordHashing {
  /** Less than the bus's reply time-out, so that callers learn that nothing was done. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(7);

  private static final int LANES = 1;
  private static final int HASH_BYTES = 32;

  /**
   * The hash that passwords for unknown names are checked against, so that these take as long as
   * known ones. A constant, because computing it here would block the event loop.
   */
  static final String UNKNOWN_HASH =
      "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$pw0Wba+WDAZCfcyg9o3TaXh0rFnGu/+tAtq47HgtTzE";

  private final Argon2Function argon2;
  private final WorkerExecutor workers;
  private final ConcurrencyLimit limit;

  PasswordHashing(Vertx vertx, AuthSettings settings) {
    PasswordCost cost = settings.passwordCost();
    this.argon2 =
        Argon2Function.getInstance(cost.memoryKib(), cost.passes(), LANES, HASH_BYTES, Argon2.ID);
    this.workers =
        vertx.createSharedWorkerExecutor(
            "parley-passwords", settings.hashThreads(), 60, TimeUnit.SECONDS);
    this.limit = new ConcurrencyLimit(settings.hashThreads(), settings.hashQueue());
  }

  Future<String> hash(String password) {
    return enter(() -> hashWithinTurn(password));
  }

  Future<Boolean> check(String password, String hash) {
    return enter(() -> onWorker(() -> matches(password, hash)));
  }

  /** Takes as long as a check, and fails. */
  Future<Boolean> checkUnknown(String password) {
    return check(password, UNKNOWN_HASH).map(any -> false);
  }

  /** Hashes without waiting for a turn; call it within {@link #enter}. */
  Future<String> hashWithinTurn(String password) {
    return onWorker(() -> hashed(password));
  }

  /**
   * Runs {@code work} when a thread is free, unless too many wait already or it waited too long.
   */
  <T> Future<T> enter(Supplier<Future<T>> work) {
    long since = System.nanoTime();
    return limit.enter(
        () ->
            System.nanoTime() - since < MAX_WAIT.toNanos()
                ? work.get()
                : Future.failedFuture(Outage.unavailable("too many passwords to hash")));
  }

  private <T> Future<T> onWorker(Callable<T> work) {
    return workers.executeBlocking(work, false);
  }

  // keyboards compose letters differently, so passwords are normalized; hashes from before that
  // are of the password as it was typed
  private static boolean matches(String password, String hash) {
    Argon2Function function = Argon2Function.getInstanceFromHash(hash);
    String composed = composed(password);
    return Password.check(composed, hash).with(function)
        || (!composed.equals(password) && Password.check(password, hash).with(function));
  }

  private static String composed(String password) {
    return Normalizer.normalize(password, Normalizer.Form.NFC);
  }

  private String hashed(String password) {
    return Password.hash(composed(password)).addRandomSalt(16).with(argon2).getResult();
  }
}
