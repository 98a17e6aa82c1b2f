package io.parley.api.operations;

import static io.parley.api.operations.IdentityNode.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.identity.ClientAddress;
import io.parley.settings.AttemptLimits;
import io.parley.settings.AuthSettings;
import io.parley.settings.PasswordCost;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TimingDifference;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Password hashing at the cost of production: who waits for it, and what its duration tells. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class PasswordWorkTest {
  private static final String PASSWORD = "parley-demo";
  private static final ClientAddress FLOODING = ClientAddress.of("192.0.2.1").orElseThrow();
  private static final ClientAddress OTHER = ClientAddress.of("192.0.2.2").orElseThrow();
  private static final int QUEUE = 5;
  private static final int BURST = 60;
  private static final int WARM = 50;

  /** Of "pässword ✓", by the library that hashed before. */
  private static final List<String> BY_PASSWORD4J =
      List.of(
          "$argon2id$v=19$m=19456,t=2,p=1$5y4wJSXE48JjXd3sTdukBQ$bXmOqBa57YIhy8XPiiNZxRiT+XbJ1lotj8F5l8BP6Vg",
          "$argon2id$v=19$m=64,t=3,p=2$0ljy/3EHys2+q8JFNZe1tg$B9pjeiCUEBDXR0okPzfQBGROPgo55izo6W+MEig7HMU");

  private static final int COMPARED = 150;

  private static AuthSettings auth(int queue, PasswordCost cost) {
    return new AuthSettings(
        Duration.ofMinutes(15), Duration.ofDays(30), 1, queue, AttemptLimits.NONE, cost, true);
  }

  private static Future<Answer> signIn(
      IdentityNode node, ClientAddress client, String name, String password) {
    return IdentityNode.perform(
        node.operations,
        "issueToken",
        client,
        Caller.nobody(),
        Map.of("grant_type", "password", "username", name, "password", password));
  }

  private static Future<Answer> signUp(IdentityNode node, ClientAddress client, String name) {
    return IdentityNode.perform(
        node.operations,
        "createUser",
        client,
        Caller.nobody(),
        Map.of("name", name, "email", name + "@example.org", "password", PASSWORD));
  }

  @Test
  void oneClientsFloodRefusesNoOtherClient(TestDatabase database) {
    try (IdentityNode node = new IdentityNode(database.url(), auth(QUEUE, PasswordCost.STANDARD))) {
      assertThat(await(signUp(node, OTHER, "ann")).status()).isEqualTo(201);
      List<Future<Answer>> flood = new ArrayList<>();
      for (int i = 0; i < 10 * QUEUE; i++) {
        flood.add(signIn(node, FLOODING, "nobody" + i, PASSWORD));
        flood.add(signUp(node, FLOODING, "flood" + i));
      }

      Future<Answer> owner = signIn(node, OTHER, "ann", PASSWORD);
      Future<Answer> newcomer = signUp(node, OTHER, "bob");

      assertThat(await(owner).status()).isEqualTo(200);
      assertThat(await(newcomer).status()).isEqualTo(201);
      assertThat(flood.stream().map(each -> await(each).status())).contains(503);
    }
  }

  @Test
  void whatIsDelayedWhileItWaitsIsNotHashed(TestDatabase database) {
    AttemptLimits limits = new AttemptLimits(3, 0, 0, false);
    AuthSettings auth =
        new AuthSettings(
            Duration.ofMinutes(15),
            Duration.ofDays(30),
            1,
            100,
            limits,
            PasswordCost.STANDARD,
            true);
    try (IdentityNode node = new IdentityNode(database.url(), auth)) {
      assertThat(await(signUp(node, OTHER, "ann")).status()).isEqualTo(201);
      List<Long> single = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        String nobody = "nobody" + i;
        single.add(nanos(() -> signIn(node, OTHER, nobody, "wrong"), 400));
      }
      Collections.sort(single);

      long began = System.nanoTime();
      List<Future<Answer>> burst = new ArrayList<>();
      for (int i = 0; i < BURST; i++) {
        burst.add(signIn(node, FLOODING, "ann", "wrong"));
      }
      assertThat(burst.stream().map(each -> await(each).status())).containsOnly(400, 429);

      assertThat(System.nanoTime() - began).isLessThan(BURST / 2 * single.get(single.size() / 2));
    }
  }

  @Test
  void timesDoNotTellWhichNamesExist(TestDatabase database) {
    // enough work for its absence to show, and little enough to be repeated often
    PasswordCost cost = new PasswordCost(2_048, 1);
    try (IdentityNode node = new IdentityNode(database.url(), auth(QUEUE, cost))) {
      assertThat(await(signUp(node, OTHER, "ann")).status()).isEqualTo(201);
      List<Long> known = new ArrayList<>();
      List<Long> unknown = new ArrayList<>();
      for (int i = 0; i < WARM + COMPARED; i++) {
        boolean first = ThreadLocalRandom.current().nextBoolean();
        for (boolean exists : new boolean[] {first, !first}) {
          String name = exists ? "ann" : "bob";
          (exists ? known : unknown).add(nanos(() -> signIn(node, OTHER, name, "wrong"), 400));
        }
      }
      List<Long> some = known.subList(WARM, known.size());
      List<Long> others = unknown.subList(WARM, unknown.size());

      assertThat(TimingDifference.slower(some, others))
          .isCloseTo(0.5, within(0.1 + TimingDifference.chance(some, others)));
    }
  }

  @Test
  void aTakenEmailAddressTakesAsLongAsAFreeOne(TestDatabase database) {
    try (IdentityNode node = new IdentityNode(database.url(), auth(QUEUE, PasswordCost.STANDARD))) {
      assertThat(await(signUp(node, OTHER, "ann")).status()).isEqualTo(201);
      List<Long> taken = new ArrayList<>();
      List<Long> free = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        taken.add(nanos(() -> signUp(node, OTHER, "ann"), 409));
        String name = "another" + i;
        free.add(nanos(() -> signUp(node, OTHER, name), 201));
      }
      assertThat(ratioOfMedians(taken, free)).isBetween(0.4, 2.5);
    }
  }

  private static long nanos(Supplier<Future<Answer>> request, int status) {
    long began = System.nanoTime();
    assertThat(await(request.get()).status()).isEqualTo(status);
    return System.nanoTime() - began;
  }

  private static double ratioOfMedians(List<Long> some, List<Long> others) {
    Collections.sort(some);
    Collections.sort(others);
    return (double) some.get(some.size() / 2) / others.get(others.size() / 2);
  }

  @Test
  void aSignInRenewsAHashOfAnotherCost(TestDatabase database) {
    PasswordCost dearer = new PasswordCost(16, 2);
    try (IdentityNode before =
        new IdentityNode(database.url(), auth(QUEUE, TestGateway.PASSWORD_COST))) {
      assertThat(await(signUp(before, OTHER, "ann")).status()).isEqualTo(201);
    }
    assertThat(hash(database)).contains("m=8,t=1,");

    try (IdentityNode after = new IdentityNode(database.url(), auth(QUEUE, dearer))) {
      assertThat(await(signIn(after, OTHER, "ann", "wrong")).status()).isEqualTo(400);
      assertThat(hash(database)).contains("m=8,t=1,");
      List<Future<Answer>> both =
          List.of(signIn(after, OTHER, "ann", PASSWORD), signIn(after, OTHER, "ann", PASSWORD));
      assertThat(both).allMatch(each -> await(each).status() == 200);
      assertThat(hash(database)).contains("m=16,t=2,");
      assertThat(await(signIn(after, OTHER, "ann", PASSWORD)).status()).isEqualTo(200);
    }
  }

  @Test
  void aHashThatALibraryComputedIsVerifiedAndRenewed(TestDatabase database) {
    PasswordCost cost = TestGateway.PASSWORD_COST;
    try (IdentityNode node = new IdentityNode(database.url(), auth(QUEUE, cost))) {
      assertThat(await(signUp(node, OTHER, "ann")).status()).isEqualTo(201);
      for (String stored : BY_PASSWORD4J) {
        database.run("update account set password_hash = '" + stored + "'");

        assertThat(await(signIn(node, OTHER, "ann", "passwörd ✓")).status()).isEqualTo(400);
        assertThat(await(signIn(node, OTHER, "ann", "pässword ✓")).status()).isEqualTo(200);
        assertThat(hash(database)).contains("m=8,t=1,p=1$");
        assertThat(await(signIn(node, OTHER, "ann", "pässword ✓")).status()).isEqualTo(200);
      }
    }
  }

  private static String hash(TestDatabase database) {
    return database.one("select password_hash from account where email = 'ann@example.org'");
  }
}
