package io.parley.store;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.parley.bus.Outage;
import io.parley.settings.AuthSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Argon2id on a few threads of its own, with a bound on how many passwords may wait for them. */
final class Passwords {
  private static final int MEMORY_KIB = 19_456;
  private static final Argon2Function ARGON2 =
      Argon2Function.getInstance(MEMORY_KIB, 2, 1, 32, Argon2.ID);

  /**
   * What an unknown name is checked against, so that it takes no less time than a known one. Made
   * beforehand: to hash here would hold up the event loop that makes this.
   */
  static final String NOBODYS_HASH =
      "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$pw0Wba+WDAZCfcyg9o3TaXh0rFnGu/+tAtq47HgtTzE";

  private final WorkerExecutor workers;
  private final AtomicInteger waiting = new AtomicInteger();
  private final int bound;

  Passwords(Vertx vertx, AuthSettings settings) {
    this.workers =
        vertx.createSharedWorkerExecutor(
            "parley-passwords", settings.hashThreads(), 60, TimeUnit.SECONDS);
    this.bound = settings.hashThreads() + settings.hashQueue();
  }

  Future<String> hash(String password) {
    return run(() -> hashed(password));
  }

  Future<Boolean> check(String password, String hash) {
    return run(() -> Password.check(password, hash).with(Argon2Function.getInstanceFromHash(hash)));
  }

  /** Takes as long as a check, and fails. */
  Future<Boolean> checkNobody(String password) {
    return check(password, NOBODYS_HASH).map(any -> false);
  }

  private static String hashed(String password) {
    return Password.hash(password).addRandomSalt(16).with(ARGON2).getResult();
  }

  private <T> Future<T> run(Callable<T> work) {
    if (waiting.incrementAndGet() > bound) {
      waiting.decrementAndGet();
      return Future.failedFuture(
          Outage.unavailable("too many passwords are waiting to be checked"));
    }
    return workers.executeBlocking(work, false).onComplete(done -> waiting.decrementAndGet());
  }
}
