package io.parley.api.auth;

import static io.parley.api.operations.IdentityNode.await;
import static io.parley.api.operations.IdentityNode.basic;
import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.operations.IdentityNode;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.flow.Outage;
import io.parley.identity.Account;
import io.parley.identity.ClientAddress;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.Changes;
import io.parley.identity.IdentityVerbs.FoundLogin;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.RightPassword;
import io.parley.identity.IdentityVerbs.SealedKey;
import io.parley.identity.IdentityVerbs.SealedKeys;
import io.parley.identity.IdentityVerbs.WrongPassword;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The authenticator and its cache with a fake store, in virtual time. */
@Tag("integration")
class AuthenticatorTest {
  private static final Account ANN =
      new Account(
          new Party(7, PartyKind.PERSON, "Ann", "ann"),
          "ann@example.org",
          Role.USER,
          Instant.EPOCH);
  private static final UUID LOGIN = UUID.fromString("00000000-0000-0000-0000-000000000012");
  private static final String PASSWORD = "pass:word:ü";

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger checks = new AtomicInteger();
  private final ConcurrentLinkedQueue<Changes> news = new ConcurrentLinkedQueue<>();
  private final List<SealedKey> keys = new ArrayList<>();
  private volatile boolean outage;
  private volatile Promise<Void> gate = opened();
  private Tokens tokens;
  private Authenticator authenticator;

  @BeforeEach
  void open() {
    bus.serve(
        IdentityVerbs.SIGNING_KEYS,
        offer -> {
          keys.add(new SealedKey(offer.freshId(), offer.freshSealed()));
          return Future.succeededFuture(new SealedKeys(List.copyOf(keys)));
        });
    bus.serve(
        IdentityVerbs.CHECK_PASSWORD,
        question -> {
          checks.incrementAndGet();
          boolean right = question.name().equals("ann") && question.password().equals(PASSWORD);
          return gate.future().map(right ? new RightPassword(ANN) : new WrongPassword());
        });
    bus.serve(
        IdentityVerbs.CHECK_LOGIN,
        question -> {
          checks.incrementAndGet();
          Login login = new Login(question.id(), 0, ANN);
          return gate.future().map(new FoundLogin(Optional.of(login)));
        });
    bus.serve(
        IdentityVerbs.CHANGES_SINCE,
        since -> {
          Changes next = news.poll();
          return outage
              ? Future.failedFuture(Outage.unavailable("gone"))
              : Future.succeededFuture(
                  next == null ? new Changes(List.of(), List.of(), "1:1:") : next);
        });
    SecureRandom random = new SecureRandom();
    tokens =
        await(
            Tokens.open(vertx, bus, IdentityNode.SECRET, "parley", Duration.ofMinutes(15), random));
    authenticator =
        new Authenticator(
            bus,
            tokens,
            Seal.of(IdentityNode.SECRET, "credentials", random),
            InstantSource.system(),
            nanos::get);
    await(authenticator.refresh());
  }

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private static Promise<Void> opened() {
    Promise<Void> open = Promise.promise();
    open.complete();
    return open;
  }

  private String bearer() {
    return "Bearer " + tokens.access(new Login(LOGIN, 0, ANN));
  }

  private int admission(String authorization) {
    return await(
        authenticator
            .authenticate(authorization, ClientAddress.LOCAL)
            .map(200)
            .otherwise(failure -> Problem.of(failure, "test").status()));
  }

  private void wait(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }

  @Test
  void aPasswordMayHoldColonsAndAnyLetters() {
    Caller caller = await(authenticator.authenticate(basic("ann", PASSWORD), ClientAddress.LOCAL));
    assertThat(caller).isEqualTo(new Caller.User(ANN));
  }

  @Test
  void schemesAreReadInAnyCase() {
    assertThat(admission(basic("ann", PASSWORD).replace("Basic", "bAsIc"))).isEqualTo(200);
    assertThat(admission(bearer().replace("Bearer", "BEARER"))).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic YW5u", // ann, without a colon
        "Basic OnBhc3N3b3Jk", // no name
        "Basic //86YQ==", // not UTF-8
        "Basic YQA6Yg==", // U+0000
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Digest username=ann",
        "ann"
      })
  void whatCannotBeReadIs401AndCostsNoHash(String authorization) {
    assertThat(admission(authorization)).isEqualTo(401);
    assertThat(checks).hasValue(0);
  }

  @Test
  void longCredentialsAre401() {
    assertThat(admission(basic("ann", "x".repeat(10_000)))).isEqualTo(401);
    assertThat(admission("Bearer " + "x".repeat(10_000))).isEqualTo(401);
    assertThat(checks).hasValue(0);
  }

  @Test
  void everyRefusalNamesAnAuthenticationScheme() {
    Problem problem =
        await(
            authenticator
                .authenticate(basic("ann", "wrong"), ClientAddress.LOCAL)
                .map((Problem) null)
                .otherwise(failure -> Problem.of(failure, "test")));
    assertThat(problem.headers()).containsEntry("WWW-Authenticate", "Bearer");
  }

  @Test
  void wrongCredentialsAreNeverCached() {
    assertThat(admission(basic("ann", "wrong"))).isEqualTo(401);
    assertThat(admission(basic("ann", "wrong"))).isEqualTo(401);
    assertThat(checks).hasValue(2);
  }

  @Test
  void aBusyCallerCostsOneLookUpAndNoWaiting() {
    for (String credentials : List.of(basic("ann", PASSWORD), bearer())) {
      checks.set(0);
      assertThat(admission(credentials)).isEqualTo(200);
      assertThat(checks).hasValue(1);
      assertThat(authenticator.authenticate(credentials, ClientAddress.LOCAL).isComplete())
          .isTrue();
      assertThat(checks).hasValue(1);
    }
  }

  @Test
  void manyFirstUsesAtOnceFromManyThreadsAreCheckedOnce() throws Exception {
    int threads = 8;
    for (int round = 0; round < 50; round++) {
      checks.set(0);
      gate = Promise.promise();
      String credentials = basic("ann", PASSWORD);
      CountDownLatch start = new CountDownLatch(1);
      CountDownLatch asked = new CountDownLatch(threads);
      ConcurrentLinkedQueue<Future<Caller>> answers = new ConcurrentLinkedQueue<>();
      for (int i = 0; i < threads; i++) {
        Thread.startVirtualThread(
            () -> {
              try {
                start.await();
                answers.add(authenticator.authenticate(credentials, ClientAddress.LOCAL));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              asked.countDown();
            });
      }
      start.countDown();
      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      gate.complete();
      answers.forEach(each -> assertThat(await(each).account()).isEqualTo(ANN));
      assertThat(answers).hasSize(threads);
      assertThat(checks).as("round %s", round).hasValue(1);
      authenticator.forget(ANN.id());
    }
  }

  @Test
  void cachedCallersAreCheckedAgainAfterFiveMinutes() {
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    wait(Duration.ofSeconds(299));
    await(authenticator.refresh());
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(checks).hasValue(1);
    wait(Duration.ofSeconds(1));
    await(authenticator.refresh());
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(checks).hasValue(2);
  }

  @Test
  void aTokenIsNotCachedBeyondItsExpiry() {
    Tokens brief =
        await(
            Tokens.open(
                vertx,
                bus,
                IdentityNode.SECRET,
                "parley",
                Duration.ofSeconds(60),
                new SecureRandom()));
    Authenticator itself =
        new Authenticator(
            bus,
            brief,
            Seal.of(IdentityNode.SECRET, "credentials", new SecureRandom()),
            InstantSource.system(),
            nanos::get);
    await(itself.refresh());
    String token = brief.access(new Login(LOGIN, 0, ANN));
    await(itself.bearer(token));
    wait(Duration.ofSeconds(61));
    await(itself.refresh());
    await(itself.bearer(token));
    assertThat(checks).hasValue(2);
  }

  @Test
  void aChangeOfTheAccountOrTheLoginDropsTheCachedCaller() {
    String token = bearer();
    assertThat(admission(basic("ann", PASSWORD)) + admission(token)).isEqualTo(400);
    news.add(new Changes(List.of(), List.of(LOGIN), "2:2:"));
    await(authenticator.refresh());
    checks.set(0);
    assertThat(admission(basic("ann", PASSWORD)) + admission(token)).isEqualTo(400);
    assertThat(checks).as("only the login's token is checked again").hasValue(1);
    news.add(new Changes(List.of(ANN.id()), List.of(), "3:3:"));
    await(authenticator.refresh());
    checks.set(0);
    assertThat(admission(basic("ann", PASSWORD)) + admission(token)).isEqualTo(400);
    assertThat(checks).hasValue(2);
  }

  @Test
  void aCallerCheckedBeforeAChangeIsNotCachedAfterIt() {
    gate = Promise.promise();
    Future<Caller> before = authenticator.authenticate(basic("ann", PASSWORD), ClientAddress.LOCAL);
    authenticator.forget(ANN.id());
    gate.complete();
    await(before);
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(checks).hasValue(2);
  }

  @Test
  void noRequestJoinsACheckThatBeganBeforeAChange() {
    gate = Promise.promise();
    Future<Caller> before = authenticator.authenticate(basic("ann", PASSWORD), ClientAddress.LOCAL);
    authenticator.forget(ANN.id());
    Future<Caller> after = authenticator.authenticate(basic("ann", PASSWORD), ClientAddress.LOCAL);
    gate.complete();
    await(before);
    await(after);
    assertThat(checks).hasValue(2);
  }

  @Test
  void theCacheIsNotUsedWithoutARefreshForFiveSeconds() {
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    outage = true;
    wait(Duration.ofMillis(4_900));
    await(authenticator.refresh().otherwiseEmpty());
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(checks).hasValue(1);
    wait(Duration.ofMillis(100));
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(checks).hasValue(2);
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(checks).as("nor is anything remembered meanwhile").hasValue(3);
  }

  @Test
  void unchangedCallersAreTrustedAgainAfterTheNextRefresh() {
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    wait(Duration.ofSeconds(30));
    await(authenticator.refresh());
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(checks).hasValue(1);
  }

  @Test
  void nothingIsCachedBeforeTheFirstRefresh() {
    Authenticator fresh =
        new Authenticator(
            bus,
            tokens,
            Seal.of(IdentityNode.SECRET, "credentials", new SecureRandom()),
            InstantSource.system(),
            nanos::get);
    await(fresh.authenticate(basic("ann", PASSWORD), ClientAddress.LOCAL));
    await(fresh.authenticate(basic("ann", PASSWORD), ClientAddress.LOCAL));
    assertThat(checks).hasValue(2);
  }

  @Test
  void aTokenOfAnotherAccountThanItsLoginIs401() {
    Account bob =
        new Account(
            new Party(8, PartyKind.PERSON, "Bob", "bob"),
            "bob@example.org",
            Role.USER,
            Instant.EPOCH);
    assertThat(admission("Bearer " + tokens.access(new Login(LOGIN, 0, bob)))).isEqualTo(401);
  }

  @Test
  void blanksAroundCredentialsMakeNoDifference() {
    assertThat(admission(basic("ann", PASSWORD))).isEqualTo(200);
    assertThat(admission(basic("ann", PASSWORD).replace(" ", "   ") + "  ")).isEqualTo(200);
    assertThat(checks).hasValue(1);
  }

  @Test
  void aFullCacheDropsAFewCallersAndNotAll() {
    int bound = 100;
    Authenticator small =
        new Authenticator(
            bus,
            tokens,
            Seal.of(IdentityNode.SECRET, "credentials", new SecureRandom()),
            InstantSource.system(),
            nanos::get,
            bound);
    await(small.refresh());
    List<String> known = new ArrayList<>();
    for (int i = 0; i <= bound; i++) {
      String token = tokens.access(new Login(new UUID(0, i), 0, ANN));
      await(small.bearer(token));
      known.add(token);
    }
    // from here on no check completes: every answer comes from the cache
    gate = Promise.promise();
    long kept = known.stream().filter(token -> small.bearer(token).isComplete()).count();
    assertThat(kept).isBetween(bound - bound / 10L, (long) bound);
  }
}
