package io.parley.store.identity;

import io.parley.flow.FairConcurrencyLimit;
import io.parley.flow.Outage;
import io.parley.settings.AuthSettings;
import io.parley.settings.PasswordCost;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
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

  private final SecureRandom random = new SecureRandom();
  private final Argon2id.Cost cost;
  private final HashMemory memory;

  /** What passwords for unknown names are compared with, so that these take as long as others. */
  private final String noPassword;

  private final WorkerExecutor workers;
  private final Map<PasswordTurn.Purpose, FairConcurrencyLimit<String>> queues =
      new EnumMap<>(PasswordTurn.Purpose.class);

  PasswordHashing(Vertx vertx, AuthSettings settings) {
    this.cost = cost(settings.passwordCost());
    this.memory = new HashMemory(cost.words(), settings.hashThreads());
    this.noPassword = PasswordHash.of(cost, new byte[SALT_BYTES], new byte[HASH_BYTES]).text();
    this.workers =
        vertx.createSharedWorkerExecutor(
            "parley-passwords", settings.hashThreads(), 60, TimeUnit.SECONDS);
    for (PasswordTurn.Purpose purpose : PasswordTurn.Purpose.values()) {
      queues.put(purpose, new FairConcurrencyLimit<>(settings.hashThreads(), settings.hashQueue()));
    }
  }

  private static Argon2id.Cost cost(PasswordCost cost) {
    return new Argon2id.Cost(cost.memoryKib(), cost.passes(), LANES);
  }

  Future<String> hash(PasswordTurn turn, String password) {
    return enter(turn, () -> hashWithinTurn(password));
  }

  Future<Comparison> compare(PasswordTurn turn, String password, String hash) {
    return enter(turn, () -> compareWithinTurn(password, hash));
  }

  /** Compares without waiting for a turn; call it within {@link #enter}. */
  Future<Comparison> compareWithinTurn(String password, String hash) {
    return onWorker(() -> compared(password, hash));
  }

  /** Takes as long as a comparison, and finds no password equal. */
  Future<Comparison> compareWithNoneWithinTurn(String password) {
    return compareWithinTurn(password, noPassword)
        .map(any -> new Comparison(false, Optional.empty()));
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
  private Comparison compared(String password, String text) {
    PasswordHash hash = PasswordHash.parse(text);
    String composed = composed(password);
    if (isOf(composed, hash)) {
      boolean current = hash.cost().equals(cost) && hash.hashBytes().length == HASH_BYTES;
      return new Comparison(true, current ? Optional.empty() : Optional.of(hashed(password)));
    }
    return !composed.equals(password) && isOf(password, hash)
        ? new Comparison(true, Optional.of(hashed(password)))
        : new Comparison(false, Optional.empty());
  }

  private boolean isOf(String password, PasswordHash hash) {
    byte[] expected = hash.hashBytes();
    byte[] computed = argon2(hash.cost(), password, hash.saltBytes(), expected.length);
    return MessageDigest.isEqual(computed, expected);
  }

  private byte[] argon2(Argon2id.Cost of, String password, byte[] salt, int length) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    return memory.lend(of.words(), lent -> Argon2id.hash(of, bytes, salt, length, lent));
  }

  private static String composed(String password) {
    return Normalizer.normalize(password, Normalizer.Form.NFC);
  }

  private String hashed(String password) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return PasswordHash.of(cost, salt, argon2(cost, composed(password), salt, HASH_BYTES)).text();
  }
}
