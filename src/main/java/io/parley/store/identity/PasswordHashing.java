package io.parley.store.identity;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.parley.flow.Outage;
import io.parley.settings.AuthSettings;
import io.parley.settings.PasswordCost;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.text.Normalizer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Argon2id on a few threads of its own, with bounds on how many passwords may wait for them and how
 * long. Confined to the event loop of the verticle that made it; only the hashing leaves it.
 */
public final class PasswordHashing {
  /** Less than the bus waits for a reply: then it is known that nothing was done. */
  private static final Duration PATIENCE = Duration.ofSeconds(7);

  private static final int LANES = 1;
  private static final int HASH_BYTES = 32;

  /**
   * What an unknown name is checked against, so that it takes no less time than a known one. Made
   * beforehand: to hash here would hold up the event loop that makes this.
   */
  static final String NOBODYS_HASH =
      "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$pw0Wba+WDAZCfcyg9o3TaXh0rFnGu/+tAtq47HgtTzE";

  private final Argon2Function argon2;
  private final WorkerExecutor workers;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private final int threads;
  private final int queue;
  private int busy;

  public PasswordHashing(Vertx vertx, AuthSettings settings) {
    PasswordCost cost = settings.passwordCost();
    this.argon2 =
        Argon2Function.getInstance(cost.memoryKib(), cost.passes(), LANES, HASH_BYTES, Argon2.ID);
    this.workers =
        vertx.createSharedWorkerExecutor(
            "parley-passwords", settings.hashThreads(), 60, TimeUnit.SECONDS);
    this.threads = settings.hashThreads();
    this.queue = settings.hashQueue();
  }

  Future<String> hash(String password) {
    return inTurn(() -> hashNow(password));
  }

  public Future<Boolean> check(String password, String hash) {
    return inTurn(() -> onWorker(() -> matches(password, hash)));
  }

  /** Takes as long as a check, and fails. */
  Future<Boolean> checkNobody(String password) {
    return check(password, NOBODYS_HASH).map(any -> false);
  }

  /** For work whose turn has come. */
  Future<String> hashNow(String password) {
    return onWorker(() -> hashed(password));
  }

  /**
   * Runs {@code work} when a thread is free for it; not at all when too many wait already, or when
   * whoever asked will not have the patience for the answer.
   */
  <T> Future<T> inTurn(Supplier<Future<T>> work) {
    if (busy >= threads && waiting.size() >= queue) {
      return Future.failedFuture(Outage.unavailable("too many passwords are waiting"));
    }
    Promise<T> promise = Promise.promise();
    long since = System.nanoTime();
    waiting.add(() -> begin(work, promise, System.nanoTime() - since));
    next();
    return promise.future();
  }

  private <T> void begin(Supplier<Future<T>> work, Promise<T> promise, long waited) {
    Future<T> begun =
        waited < PATIENCE.toNanos()
            ? work.get()
            : Future.failedFuture(Outage.unavailable("a password waited too long"));
    begun
        .onComplete(
            done -> {
              busy--;
              next();
            })
        .onComplete(promise);
  }

  private void next() {
    while (busy < threads && !waiting.isEmpty()) {
      busy++;
      waiting.remove().run();
    }
  }

  private <T> Future<T> onWorker(Callable<T> work) {
    return workers.executeBlocking(work, false);
  }

  // one password, however a keyboard composes its letters; hashes from before are of what was typed
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
