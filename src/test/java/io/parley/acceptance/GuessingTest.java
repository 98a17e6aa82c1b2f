package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that guess passwords, behind a trusted proxy of two nodes that share a database. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class GuessingTest {
  private static final String PROXY = "PARLEY_TRUSTED_PROXIES=127.0.0.1";
  private static final String HOME = "192.0.2.1";
  private static final String ELSEWHERE = "192.0.2.2";
  private static final String WRONG = "not the password";
  private static final int PER_ACCOUNT = 10;
  private static final int PER_ADDRESS = 100;

  private static TestDatabase database;
  private static TestGateway one;
  private static TestGateway two;
  private static int users;

  private String owner = "";

  @BeforeAll
  static void start(
      TestDatabase shared,
      @WithSettings(PROXY) TestGateway first,
      @WithSettings(PROXY) TestGateway second) {
    database = shared;
    one = first;
    two = second;
  }

  @BeforeEach
  void someoneHasSignedInAtHome() {
    database.run("delete from attempt_count");
    owner = "owner" + users++;
    one.signUp(owner, "person");
    signIn(one, HOME, owner, TestGateway.PASSWORD).is(200);
  }

  private static Reply signIn(TestGateway node, String address, String name, String password) {
    return signingIn(node, address, name, password).join();
  }

  private static CompletableFuture<Reply> signingIn(
      TestGateway node, String address, String name, String password) {
    JsonObject grant =
        new JsonObject()
            .put("grant_type", "password")
            .put("username", name)
            .put("password", password);
    return node.sendAsync("POST", "", "/api/auth/token", grant, "X-Forwarded-For", address);
  }

  private static Reply basic(String address, String name, String password) {
    byte[] plain = (name + ":" + password).getBytes(StandardCharsets.UTF_8);
    String credentials = "Basic " + Base64.getEncoder().encodeToString(plain);
    return one.send("GET", credentials, "/api/users/me", null, "X-Forwarded-For", address);
  }

  private static void guess(String address, String name, int times) {
    for (int i = 0; i < times; i++) {
      signIn(one, address, name, WRONG).is(400, "invalid_grant");
    }
  }

  private static void isDelayed(Reply reply) {
    reply.is(429, "too_many_attempts");
    assertThat(Integer.parseInt(reply.header("Retry-After"))).isBetween(1, 300);
  }

  @Test
  void whoGuessesIsDelayedOnEveryNodeAndEdgeEvenWithTheRightPassword() {
    guess(ELSEWHERE, owner, PER_ACCOUNT);

    isDelayed(signIn(one, ELSEWHERE, owner, WRONG));
    isDelayed(signIn(two, "192.0.2.3", owner, TestGateway.PASSWORD));
    isDelayed(signIn(one, ELSEWHERE, owner + "@example.org", TestGateway.PASSWORD));
    isDelayed(basic("2001:db8::1", owner, TestGateway.PASSWORD));
  }

  @Test
  void aStrangerCannotLockTheOwnerOut() {
    guess(ELSEWHERE, owner, PER_ACCOUNT);
    isDelayed(signIn(one, ELSEWHERE, owner, WRONG));

    signIn(two, HOME, owner, TestGateway.PASSWORD).is(200);
    basic(HOME, owner, TestGateway.PASSWORD).is(200);
    guess(HOME, owner, PER_ACCOUNT);
    isDelayed(signIn(two, HOME, owner, TestGateway.PASSWORD));
  }

  @Test
  void anAddressThatSignedInLongAgoIsAStranger() {
    database.run("update known_address set signed_in_at = now() - interval '31 days'");
    guess(ELSEWHERE, owner, PER_ACCOUNT);

    isDelayed(signIn(one, HOME, owner, TestGateway.PASSWORD));
  }

  @Test
  void theDelayDoublesWithEveryWrongPassword() {
    guess(ELSEWHERE, owner, PER_ACCOUNT);
    List<Integer> delays = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      delays.add(
          Integer.parseInt(signIn(one, ELSEWHERE, owner, WRONG).is(429).header("Retry-After")));
      database.run("update attempt_count set blocked_until = now() where key like 'account:%'");
      guess(ELSEWHERE, owner, 1);
    }
    List<Integer> expected = List.of(2, 4, 8, 16, 32, 64, 128, 256, 300);
    for (int i = 0; i < expected.size(); i++) {
      // a slow machine sees a part of it
      assertThat(delays.get(i)).isBetween(1, expected.get(i));
      assertThat(delays.get(i)).isGreaterThan(expected.get(i) / 2 - 1);
    }

    database.run("update attempt_count set expires_at = now(), blocked_until = null");
    guess(ELSEWHERE, owner, PER_ACCOUNT);
  }

  @Test
  void aBurstLearnsNoMoreThanTriesInARow() {
    List<CompletableFuture<Reply>> burst =
        IntStream.range(0, 60)
            .mapToObj(i -> signingIn(i % 2 == 0 ? one : two, "198.51.100." + i, owner, WRONG + i))
            .toList();
    List<Integer> statuses = burst.stream().map(reply -> reply.join().status()).toList();

    assertThat(statuses).containsOnly(400, 429);
    assertThat(statuses.stream().filter(status -> status == 400)).hasSize(PER_ACCOUNT);
  }

  @Test
  void nothingTellsWhichUsersExist() {
    List<String> known = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (int i = 0; i <= PER_ACCOUNT; i++) {
      known.add(seen(signIn(one, ELSEWHERE, owner, WRONG)));
      unknown.add(seen(signIn(one, ELSEWHERE, "nobody-" + owner, WRONG)));
    }
    assertThat(unknown).isEqualTo(known);
    assertThat(known).last().asString().startsWith("429");
  }

  private static String seen(Reply reply) {
    return reply.status() + " " + reply.body().replaceAll("\\d+ s\\.|\"retry_after\":\\d+", "");
  }

  @Test
  void anAddressThatTriesManyNamesIsStoppedButNotForAccountsThatItKnows() {
    for (int i = 0; i < PER_ADDRESS; i++) {
      signIn(one, HOME, "name" + i, WRONG).is(400);
    }

    isDelayed(signIn(two, HOME, "another", WRONG));
    signIn(two, HOME, owner, TestGateway.PASSWORD).is(200);
    signIn(two, ELSEWHERE, "another", WRONG).is(400);
    assertThat(database.one("select count(*) from attempt_count where key like 'name:%'"))
        .isEqualTo(Integer.toString(PER_ADDRESS + 1));
  }

  @Test
  void aNetworkOfIpVersion6CountsAsOneAddress() {
    for (int i = 0; i < PER_ADDRESS; i++) {
      signIn(one, "2001:db8:1:2::" + Integer.toHexString(i), "name" + i, WRONG).is(400);
    }
    isDelayed(signIn(one, "2001:db8:1:2:ffff::", "another", WRONG));
    signIn(one, "2001:db8:1:3::", "another", WRONG).is(400);
  }

  @Test
  void aNameThatNobodyHasIsStoredAsAKeyedHashThatAllNodesShare() {
    String mistyped = "My Password In The Wrong Field";
    for (int i = 0; i < PER_ACCOUNT; i++) {
      String name = i % 3 == 0 ? mistyped.toUpperCase(Locale.ROOT) : mistyped;
      signIn(i % 2 == 0 ? one : two, ELSEWHERE, name, WRONG).is(400);
    }

    isDelayed(signIn(two, ELSEWHERE, mistyped, WRONG));
    assertThat(database.one("select count(*) from attempt_count where key like 'name:%'"))
        .isEqualTo("1");
    assertThat(
            database.one(
                "select count(*) from attempt_count where key like '%%' || left(encode(sha256(lower('%s')::bytea), 'hex'), 32)"
                    .formatted(mistyped)))
        .isEqualTo("0");
  }

  @Test
  void theCurrentPasswordIsGuessedNoFaster() {
    String token = "Bearer " + one.token(owner).getString("access_token");
    for (int i = 0; i < PER_ACCOUNT; i++) {
      changePassword(token, WRONG).is(403);
    }
    isDelayed(changePassword(token, TestGateway.PASSWORD));
    one.send("GET", token, "/api/users/me", null, "X-Forwarded-For", ELSEWHERE).is(200);
  }

  private static Reply changePassword(String token, String current) {
    JsonObject change =
        new JsonObject().put("current_password", current).put("password", "quite another one");
    return one.send("PATCH", token, "/api/users/me", change, "X-Forwarded-For", ELSEWHERE);
  }

  @Test
  void signUpsAreLimitedForAnAddress(
      @WithSettings({PROXY, "PARLEY_AUTH_SIGNUPS_PER_ADDRESS=3"}) TestGateway node) {
    for (int i = 0; i < 3; i++) {
      signUp(node, ELSEWHERE, "a" + i).is(201);
    }
    Reply refused = signUp(node, ELSEWHERE, "a3").is(429, "too_many_attempts");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(3_000, 3_600);
    signUp(node, HOME, "a4").is(201);
  }

  private Reply signUp(TestGateway node, String address, String name) {
    JsonObject user =
        new JsonObject()
            .put("name", name)
            .put("email", name + "-" + owner + "@example.org")
            .put("password", TestGateway.PASSWORD);
    return node.send("POST", "", "/api/users", user, "X-Forwarded-For", address);
  }
}
