package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.FaultVolume;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A thousand addresses that guess passwords at once, beside people who sign in and send. The
 * benchmark {@code guessing} measures how long these wait.
 */
@Tag("fault")
@ExtendWith(GatewayExtension.class)
class LoginStormTest {
  private static final int ADDRESSES = 1_000;
  private static final int AT_ONCE = 48;
  private static final int ATTEMPTS = FaultVolume.of(1_500);
  private static final int USERS = 30;
  private static final String HOME = "192.0.2.1";

  private static TestGateway node;
  private static String owner;

  @BeforeAll
  static void start(@WithSettings("PARLEY_TRUSTED_PROXIES=127.0.0.1") TestGateway gateway) {
    node = gateway;
    owner = node.signUp("owner", "person");
    for (int i = 0; i < USERS; i++) {
      String _ = node.signUp("user" + i, "person");
    }
    signIn().is(200);
    node.get(owner, "/api/users/me").is(200);
  }

  private static Reply signIn() {
    return attempt("owner", TestGateway.PASSWORD, HOME).join();
  }

  private static CompletableFuture<Reply> attempt(String name, String password, String address) {
    JsonObject grant =
        new JsonObject()
            .put("grant_type", "password")
            .put("username", name)
            .put("password", password);
    return node.sendAsync("POST", "", "/api/auth/token", grant, "X-Forwarded-For", address);
  }

  @Test
  void aStormAtOneAccountStopsNeitherItsOwnerNorSenders() {
    assertThat(storm(any -> "owner")).isSubsetOf("400 invalid_grant", "429 too_many_attempts");
    // the sender's own address guessed nothing
    assertThat(attempt("owner", TestGateway.PASSWORD, "192.0.2.99").join().status()).isEqualTo(429);
  }

  @Test
  void aStormAtManyAccountsTellsNothingOfThem() {
    Set<String> known = storm(attempt -> "user" + attempt % USERS);
    Set<String> unknown = storm(attempt -> "nobody" + attempt % USERS);

    assertThat(known).contains("400 invalid_grant", "429 too_many_attempts");
    assertThat(unknown).contains("400 invalid_grant", "429 too_many_attempts");
  }

  /** The answers to the attempts, while the owner signs in and sends, which must succeed. */
  private static Set<String> storm(IntFunction<String> names) {
    Set<String> answers = ConcurrentHashMap.newKeySet();
    AtomicInteger next = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<Integer> sent = CompletableFuture.supplyAsync(() -> send(over), clients);
      CompletableFuture<Void> signIns =
          CompletableFuture.runAsync(
              () -> {
                while (!over.get()) {
                  signIn().is(200);
                }
              },
              clients);
      CompletableFuture<?>[] guessing = new CompletableFuture<?>[AT_ONCE];
      for (int i = 0; i < AT_ONCE; i++) {
        guessing[i] =
            CompletableFuture.runAsync(
                () -> {
                  for (int n = next.getAndIncrement(); n < ATTEMPTS; n = next.getAndIncrement()) {
                    answers.add(guess(names.apply(n), n));
                  }
                },
                clients);
      }
      try {
        CompletableFuture.allOf(guessing).join();
      } finally {
        over.set(true);
      }
      signIns.join();
      assertThat(sent.join()).isPositive();
    }
    return answers;
  }

  private static String guess(String name, int number) {
    int address = number % ADDRESSES;
    Reply reply =
        attempt(name, "guess " + number, "198.18." + address / 250 + "." + (address % 250 + 1))
            .join();
    return reply.status() + " " + reply.json().getString("type");
  }

  private static int send(AtomicBoolean over) {
    long group = node.group(owner, "Group");
    int sent = 0;
    while (!over.get()) {
      node.say(owner, group, "message " + sent).is(201);
      sent++;
    }
    JsonObject last =
        node.get(owner, "/api/conversations/" + group + "/messages?limit=1&order=desc")
            .is(200)
            .data()
            .getJsonObject(0);
    assertThat(last.getInteger("seq")).isEqualTo(sent);
    return sent;
  }
}
