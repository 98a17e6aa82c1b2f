package io.parley.store.identity;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.parley.flow.FairConcurrencyLimit;
import io.parley.flow.Outage;
import io.parley.settings.AuthSettings;
import io.parley.settings.PasswordCost;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Argon2id on worker threads of its own, with bounds on how many passwords may wait for them and
 * for how long. Each purpose has its queue and an equal share of the threads, and within a queue
 * the clients take turns: a flood of sign-ups does not delay sign-ins, nor one client the others.
 * Confined to the event loop of the verticle that created it; only the hashing itself runs on the
 * workers.
 */
final class PasswordHashing {
  /** Less than the bus's reply time-out, so that callers learn that nothing was done. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(7);

  private static final int LANES = 1;
  private static final int HASH_BYTES = 32;
  private static final int SALT_BYTES = 16;

  /**
   * Whether a password is that of a hash.
   *
   * @param renewed the hash of the password as it is computed today, if it is equal and the hash is
   *     of another cost or form
   */
  record Comparison(boolean equal, Optional<String> renewed) {
    @Override
    public String toString() {
      return "Comparison[" + equal + "]";
    }
  }

  private final Argon2Function argon2;
  private final String noPassword;
  private final WorkerExecutor workers;
  private final Map<PasswordTurn.Purpose, FairConcurrencyLimit<String>> queues =
      new EnumMap<>(PasswordTurn.Purpose.class);

  PasswordHashing(Vertx vertx, AuthSettings settings) {
    PasswordCost cost = settings.passwordCost();
    this.argon2 =
        Argon2Function.getInstance(cost.memoryKib(), cost.passes(), LANES, HASH_BYTES, Argon2.ID);
    this.noPassword = hashOfNoPassword(cost);
    this.workers =
        vertx.createSharedWorkerExecutor(
            "parley-passwords", settings.hashThreads(), 60, TimeUnit.SECONDS);
    for (PasswordTurn.Purpose purpose : PasswordTurn.Purpose.values()) {
      queues.put(purpose, new FairConcurrencyLimit<>(settings.hashThreads(), settings.hashQueue()));
    }
  }

  /** What passwords for unknown names are compared with, so that these take as long as others. */
  private static String hashOfNoPassword(PasswordCost cost) {
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            cost.memoryKib(),
            cost.passes(),
            LANES,
            base64.encodeToString(new byte[SALT_BYTES]),
            base64.encodeToString(new byte[HASH_BYTES]));
  }

  Future<String> hash(PasswordTurn turn, String password) {
    return enter(turn, () -> hashWithinTurn(password));
  }

  Future<Comparison> compare(PasswordTurn turn, String password, String hash) {
    return enter(turn, () -> onWorker(() -> compared(password, hash)));
  }

  /** Takes as long as a comparison, and finds no password equal. */
  Future<Comparison> compareWithNone(PasswordTurn turn, String password) {
    return compare(turn, password, noPassword).map(any -> new Comparison(false, Optional.empty()));
  }

  /** Hashes without waiting for a turn; call it within {@link #enter}. */
  Future<String> hashWithinTurn(String password) {
    return onWorker(() -> hashed(password));
  }

  /** Runs {@code work} when it is its turn, unless too many wait already or it waited too long. */
  <T> Future<T> enter(PasswordTurn turn, Supplier<Future<T>> work) {
    long since = System.nanoTime();
    return Objects.requireNonNull(queues.get(turn.purpose()))
        .enter(
            turn.client(),
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
  private Comparison compared(String password, String hash) {
    Argon2Function function = Argon2Function.getInstanceFromHash(hash);
    String composed = composed(password);
    if (Password.check(composed, hash).with(function)) {
      boolean current = function.equals(argon2);
      return new Comparison(true, current ? Optional.empty() : Optional.of(hashed(password)));
    }
    return !composed.equals(password) && Password.check(password, hash).with(function)
        ? new Comparison(true, Optional.of(hashed(password)))
        : new Comparison(false, Optional.empty());
  }

  private static String composed(String password) {
    return Normalizer.normalize(password, Normalizer.Form.NFC);
  }

  private String hashed(String password) {
    return Password.hash(composed(password)).addRandomSalt(SALT_BYTES).with(argon2).getResult();
  }
}
